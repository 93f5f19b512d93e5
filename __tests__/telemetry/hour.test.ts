import { inspect } from 'node:util';
import { instrument } from 'kiip-s2s/opentelemetry';
import { SECRETS } from '../support/context.js';
import { playHour } from './hour.js';
import { drawHour } from './table.js';
import { followContext, startSdk, sum } from './support.js';

jest.setTimeout(60_000);

const unfollow = followContext();
afterAll(unfollow);

test('a scripted hour: spans and metrics agree with what happened, and hold nothing personal', async () => {
  const sdk = startSdk();
  const { tracerProvider, meterProvider } = sdk;
  const stop = instrument({ tracerProvider, meterProvider });
  const { rewards, emptyMoments } = await playHour();
  const metrics = await sdk.collect();
  const spans = sdk.spans.getFinishedSpans();
  stop();
  await sdk.stop();

  const calls = (where: object): number => sum(metrics, 'kiip.client.calls', { ...where });
  const moments = { 'kiip.operation': 'moment' };
  expect(rewards).toBeGreaterThan(5);
  expect(emptyMoments).toBeGreaterThan(5);
  expect(calls({ ...moments, 'kiip.outcome': 'rewarded' })).toBe(rewards);
  expect(calls({ ...moments, 'kiip.outcome': 'no_reward' })).toBe(emptyMoments);
  expect(calls({ ...moments, 'kiip.outcome': 'blocked_country' })).toBe(1);
  for (const code of ['invalid_response', 'connection', 'timeout', 'closed'])
    expect(calls({ ...moments, 'error.type': code })).toBe(1);
  expect(calls({ 'kiip.operation': 'session_start', 'error.type': 'http_status' })).toBe(1);
  for (const code of ['overloaded', 'refused']) expect(calls({ 'error.type': code })).toBe(1);
  expect(calls({ 'kiip.operation': 'ping', 'kiip.outcome': 'accepted' })).toBe(2);
  for (const code of ['aborted', 'rejected']) expect(calls({ 'kiip.operation': 'ping', 'error.type': code })).toBe(1);
  for (const operation of ['pingtest', 'conversion'])
    expect(calls({ 'kiip.operation': operation, 'kiip.outcome': 'accepted' })).toBe(1);
  expect(sum(metrics, 'kiip.client.call.duration')).toBe(calls({}));
  expect(sum(metrics, 'kiip.client.retries')).toBe(2 + 1 + 2);
  expect(sum(metrics, 'kiip.client.request.duration', { 'http.response.status_code': 503 })).toBe(2);

  const messages = (where: object): number => sum(metrics, 'kiip.receiver.messages', { ...where });
  const callbacks = { 'kiip.message': 'callback' };
  const redemptions = { 'kiip.message.type': 'redemption' };
  // The sandbox delivers again what got a 500, so every replay is a duplicate.
  expect(messages({ ...redemptions, 'kiip.outcome': 'processed' })).toBe(rewards + 1);
  expect(messages({ ...redemptions, 'kiip.outcome': 'busy' })).toBe(1);
  expect(messages({ ...redemptions, 'kiip.outcome': 'duplicate' })).toBe(rewards);
  expect(messages({ ...redemptions, 'kiip.outcome': 'failed' })).toBe(1);
  expect(messages({ 'kiip.message.type': 'issuance', 'kiip.outcome': 'processed' })).toBe(1);
  for (const code of ['bad_signature', 'malformed_callback', 'method_not_allowed'])
    expect(messages({ ...callbacks, 'kiip.outcome': 'refused', 'error.type': code })).toBe(1);
  expect(messages({ 'kiip.message': 'ping-back', 'kiip.outcome': 'processed' })).toBe(1);
  expect(messages({ 'kiip.message': 'ping-back', 'kiip.outcome': 'duplicate' })).toBe(1);
  expect(messages({ 'kiip.message': 'ping-back', 'kiip.outcome': 'refused' })).toBe(1);
  expect(sum(metrics, 'kiip.receiver.message.duration')).toBe(messages({}));
  for (const gauge of ['kiip.client.active_calls', 'kiip.client.queued_calls', 'kiip.receiver.active_messages'])
    expect(sum(metrics, gauge)).toBe(0);
  expect(spans).toHaveLength(calls({}) + messages({}));
  const kaminari = new Set(spans.map(({ name }) => name).filter((name) => name.startsWith('kaminari ')));
  expect([...kaminari].sort()).toEqual(['kaminari conversion', 'kaminari ping', 'kaminari pingtest']);

  const told = inspect(
    [
      spans.map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })),
      metrics,
    ],
    { depth: 20, maxArrayLength: null },
  );
  expect(told).toContain('/2.0/server/moment/');
  for (const secret of [...Object.values(SECRETS), '1125570260', 'kmnr-key', 'level_up', 'no player'])
    expect(told).not.toContain(String(secret));

  process.stdout.write(`\n${drawHour(spans, metrics)}\n`);
});
