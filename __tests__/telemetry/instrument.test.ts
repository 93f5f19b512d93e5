import { execFileSync } from 'node:child_process';
import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { KiipClient, type Transport } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger, signCallback } from 'kiip-s2s/callbacks';
import { instrument } from 'kiip-s2s/opentelemetry';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';
import { followContext, startSdk, sum } from './support.js';

const unfollow = followContext();
afterAll(unfollow);

const ok = { status: 200, headers: {}, body: '{}' };

function start() {
  const sdk = startSdk();
  const { tracerProvider, meterProvider } = sdk;
  return { sdk, providers: { tracerProvider, meterProvider } };
}

function makeClient(send: Transport['send'], over: object = {}): KiipClient {
  return new KiipClient({ ...APP, transport: { send }, retry: { baseDelayMs: 1 }, ...over });
}

test('a span of a call: attributes by the HTTP conventions, a child of what is active, active itself inside', async () => {
  const { sdk, providers } = start();
  const stop = instrument(providers);
  const active: unknown[] = [];
  const answers = [
    { ...ok, status: 503 },
    { ...ok, body: REWARD_JSON },
  ];
  const client = makeClient(async () => {
    await Promise.resolve();
    active.push(trace.getActiveSpan()?.spanContext().spanId);
    return answers.shift() ?? ok;
  });
  const parent = providers.tracerProvider.getTracer('test').startSpan('request');
  await context.with(trace.setSpan(context.active(), parent), () => client.moment('level_up', CONTEXT));
  const [span] = sdk.spans.getFinishedSpans();
  expect(span).toMatchObject({
    name: 'kiip moment',
    kind: SpanKind.CLIENT,
    status: { code: SpanStatusCode.UNSET },
    parentSpanContext: { spanId: parent.spanContext().spanId },
    attributes: {
      'kiip.operation': 'moment',
      'kiip.outcome': 'rewarded',
      'http.request.method': 'POST',
      'http.request.resend_count': 1,
      'http.response.status_code': 200,
      'server.address': 'api.kiip.me',
      'server.port': 443,
      'url.scheme': 'https',
      'url.template': '/2.0/server/moment/',
    },
  });
  expect(span?.events.map(({ attributes }) => attributes)).toEqual([
    { 'http.request.resend_count': 0, 'http.response.status_code': 503, 'error.type': '503' },
    { 'http.request.resend_count': 1, 'http.response.status_code': 200 },
  ]);
  const id = span?.spanContext().spanId;
  expect(active).toEqual([id, id]);
  stop();
  await sdk.stop();
});

test('the sizes are those of the moment of collection', async () => {
  const { sdk, providers } = start();
  const stop = instrument(providers);
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const client = makeClient(() => gate.then(() => ok), { maxConcurrent: 1 });
  const calls = [1, 2, 3].map(() => client.startSession(CONTEXT));
  const during = await sdk.collect();
  expect(sum(during, 'kiip.client.active_calls')).toBe(1);
  expect(sum(during, 'kiip.client.queued_calls')).toBe(2);
  release();
  await Promise.all(calls);
  const after = await sdk.collect();
  expect(sum(after, 'kiip.client.active_calls')).toBe(0);
  expect(sum(after, 'kiip.client.queued_calls')).toBe(0);
  stop();
  await sdk.stop();
});

test('twice records once, and ends with the second undo; another SDK gets its own records', async () => {
  const first = start();
  const second = start();
  const undo = [instrument(first.providers), instrument(first.providers), instrument(second.providers)];
  const client = makeClient(() => Promise.resolve(ok));
  const count = (): number[] => [first, second].map(({ sdk }) => sdk.spans.getFinishedSpans().length);
  await client.startSession(CONTEXT);
  expect(count()).toEqual([1, 1]);
  undo[0]?.();
  undo[0]?.();
  await client.startSession(CONTEXT);
  expect(count()).toEqual([2, 2]);
  undo[1]?.();
  await client.startSession(CONTEXT);
  expect(count()).toEqual([2, 3]);
  undo[2]?.();
  await client.startSession(CONTEXT);
  expect(count()).toEqual([2, 3]);
  await first.sdk.stop();
  await second.sdk.stop();
});

test('callers that share one provider only: nobody gets anything twice', async () => {
  const { sdk, providers } = start();
  const other = start();
  const { tracerProvider } = providers;
  const undo = [instrument(providers), instrument({ tracerProvider, meterProvider: other.providers.meterProvider })];
  const client = makeClient(() => Promise.resolve(ok));
  await client.startSession(CONTEXT);
  expect(sdk.spans.getFinishedSpans()).toHaveLength(1);
  for (const { collect } of [sdk, other.sdk]) expect(sum(await collect(), 'kiip.client.calls')).toBe(1);
  undo.forEach((stop) => stop());
  await sdk.stop();
  await other.sdk.stop();
});

test('a provider that was an option first and becomes the global one later gets nothing twice', async () => {
  const { sdk, providers } = start();
  const undo = [instrument(providers), instrument()];
  const client = makeClient(() => Promise.resolve(ok));
  await client.startSession(CONTEXT);
  trace.setGlobalTracerProvider(providers.tracerProvider);
  metrics.setGlobalMeterProvider(providers.meterProvider);
  await client.startSession(CONTEXT);
  expect(sdk.spans.getFinishedSpans()).toHaveLength(2);
  expect(sum(await sdk.collect(), 'kiip.client.calls')).toBe(2);
  // The one that was silent takes over.
  undo[0]?.();
  await client.startSession(CONTEXT);
  expect(sdk.spans.getFinishedSpans()).toHaveLength(3);
  const collected = await sdk.collect();
  expect(sum(collected, 'kiip.client.calls')).toBe(3);
  expect(sum(collected, 'kiip.client.active_calls')).toBe(0);
  undo[1]?.();
  trace.disable();
  metrics.disable();
  await sdk.stop();
});

test('without options: an SDK that starts later, and one that takes its place, get what comes then', async () => {
  const client = makeClient(() => Promise.resolve(ok));
  const undo = [instrument()];
  await client.startSession(CONTEXT);
  for (const { sdk, providers } of [start(), start()]) {
    trace.setGlobalTracerProvider(providers.tracerProvider);
    metrics.setGlobalMeterProvider(providers.meterProvider);
    undo.push(instrument(), instrument(providers));
    await client.startSession(CONTEXT);
    expect(sdk.spans.getFinishedSpans()).toHaveLength(1);
    const collected = await sdk.collect();
    expect(sum(collected, 'kiip.client.calls')).toBe(1);
    expect(sum(collected, 'kiip.client.active_calls')).toBe(0);
    trace.disable();
    metrics.disable();
    await sdk.stop();
  }
  undo.forEach((stop) => stop());
});

test('without an SDK the active span stays active', async () => {
  const { sdk, providers } = start();
  const undo = [instrument(providers), instrument()];
  let active: string | undefined;
  const client = makeClient(() => {
    active = trace.getActiveSpan()?.spanContext().spanId;
    return Promise.resolve(ok);
  });
  await client.startSession(CONTEXT);
  expect(active).toBe(sdk.spans.getFinishedSpans()[0]?.spanContext().spanId);
  undo.forEach((stop) => stop());
  await sdk.stop();
});

test('spans under way end with the recording', async () => {
  const { sdk, providers } = start();
  const stop = instrument(providers);
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const call = makeClient(() => gate.then(() => ok)).startSession(CONTEXT);
  stop();
  expect(sdk.spans.getFinishedSpans().map(({ name }) => name)).toEqual(['kiip session_start']);
  release();
  await call;
  expect(sdk.spans.getFinishedSpans()).toHaveLength(1);
  await sdk.stop();
});

test('a handler runs inside its span', async () => {
  const { sdk, providers } = start();
  const stop = instrument(providers);
  let active: string | undefined;
  const receiver = createCallbackReceiver({
    secret: 's',
    ledger: memoryLedger(),
    onRedemption: () => void (active = trace.getActiveSpan()?.spanContext().spanId),
  });
  const fields = { transactionId: 't', content: 'c', name: 'n', quantity: 1, userId: 'u' };
  const signature = signCallback(fields, 's');
  const wire = { transaction_id: 't', content: 'c', name: 'n', quantity: 1, user_id: 'u', signature };
  const headers = { 'content-type': 'application/json' };
  await receiver.handle({ method: 'POST', headers, rawBody: JSON.stringify(wire) });
  const [span] = sdk.spans.getFinishedSpans();
  expect(span).toMatchObject({ name: 'kiip callback', kind: SpanKind.INTERNAL });
  expect(active).toBe(span?.spanContext().spanId);
  stop();
  await sdk.stop();
});

test('a provider that throws costs no call, and a misspelt option is refused', async () => {
  const broken = {
    getTracer: () => {
      const real = trace.getTracer('none');
      return Object.assign(Object.create(real) as typeof real, {
        startSpan: () => {
          throw new Error('out of order');
        },
      });
    },
  };
  const stop = instrument({ tracerProvider: broken });
  const client = makeClient(() => Promise.resolve(ok));
  await expect(client.startSession(CONTEXT)).resolves.toBeDefined();
  stop();
  expect(() => instrument({ tracer: broken } as never)).toThrow('instrument: ');
});

test.each(['module', 'commonjs'])('the build as %s records the clients of both builds, once', (type) => {
  const program = `
    const { createRequire } = await import('node:module');
    const require = createRequire(process.cwd() + '/x.js');
    const api = require('@opentelemetry/api');
    const started = [];
    const real = api.trace.getTracer('none');
    const tracerProvider = { getTracer: () => ({ startSpan: (name) => (started.push(name), real.startSpan(name)) }) };
    const builds = { module: await import('kiip-s2s/opentelemetry'), commonjs: require('kiip-s2s/opentelemetry') };
    builds['${type}'].instrument({ tracerProvider });
    builds.module.instrument({ tracerProvider });
    for (const { KiipClient } of [await import('kiip-s2s'), require('kiip-s2s')]) {
      const send = () => Promise.resolve({ status: 200, headers: {}, body: '{}' });
      const client = new KiipClient({ appKey: 'k', appVersion: '1', test: true, transport: { send } });
      await client.moment('m', { device: { id: 'd', os: 'o', lang: 'en', locale: 'en_US' }, connection: { ip: '192.0.2.1' } });
    }
    console.log(started.join());`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(output.trim()).toBe('kiip moment,kiip moment');
});
