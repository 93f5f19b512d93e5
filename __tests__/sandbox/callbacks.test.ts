import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxEvent } from 'kiip-s2s/sandbox';
import { freePort } from '../support/services.js';
import { closeAll, rewardOf, sandboxWith, send } from './support.js';

interface Received {
  readonly contentType: string | undefined;
  readonly body: string;
}

const servers: Server[] = [];

/** A game's endpoint that answers what it is told to, 200 when the list is used up. */
async function endpoint(
  answers: readonly (number | 'reset' | 'cut' | 'hang' | { status: number; retryAfter: string })[] = [],
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const left = [...answers];
  const server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ contentType: request.headers['content-type'], body });
      const answer = left.shift() ?? 200;
      if (answer === 'hang') return;
      if (answer === 'reset') return void request.socket.resetAndDestroy();
      if (answer === 'cut') {
        response.writeHead(200, { 'content-length': 10 });
        return void response.write('half', () => request.socket.destroy());
      }
      const status = typeof answer === 'number' ? answer : answer.status;
      response.writeHead(status, typeof answer === 'number' ? {} : { 'retry-after': answer.retryAfter });
      response.end(`answered ${status}`);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`, received };
}

afterEach(async () => {
  await closeAll();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const sha1 = (text: string): string => createHash('sha1').update(text, 'utf8').digest('hex');

describe('redeem', () => {
  test('posts the signed redemption and marks the reward used', async () => {
    const { url, received } = await endpoint();
    const sandbox = await sandboxWith({ callbackUrl: url, appSecret: 'geheim' });
    const id = await rewardOf(sandbox, { user: { userid: 'jöhn' } });
    const delivery = await sandbox.redeem(id);
    expect(received).toHaveLength(1);
    expect(received[0]?.contentType).toBe('application/json');
    const sent = JSON.parse(received[0]?.body ?? '') as Record<string, string | number>;
    const { content, name, quantity, signature } = sent;
    expect(sent).toEqual({
      transaction_id: id,
      content: expect.any(String),
      name: 'Coins',
      quantity: 20,
      user_id: 'jöhn',
      signature: expect.any(String),
    });
    expect(signature).toBe(sha1(`${content}${name}${quantity}jöhn${id}geheim`));
    expect(delivery).toMatchObject({
      type: 'redemption',
      delivered: true,
      status: 200,
      attempts: 1,
      fields: sent,
      body: received[0]?.body,
      answer: 'answered 200',
    });
    expect(sandbox.rewards[0]?.usedDate).toBeInstanceOf(Date);
  });

  test('as a form, and by the legacy formula', async () => {
    const { url, received } = await endpoint();
    const sandbox = await sandboxWith({ callbackUrl: url });
    const id = await rewardOf(sandbox, { user: { userid: 'a+b &c' } });
    await sandbox.redeem(id.replace('test_', ''), { format: 'form', redemptionFormula: 'legacy' });
    expect(received[0]?.contentType).toBe('application/x-www-form-urlencoded');
    expect(received[0]?.body).toContain('user_id=a%2Bb+%26c');
    const form = Object.fromEntries(new URLSearchParams(received[0]?.body));
    expect(form['signature']).toBe(sha1(`${form['content']}20a+b &c${id}${sandbox.appSecret}`));
  });

  test('a second redemption repeats the first byte for byte and keeps its date', async () => {
    const { url, received } = await endpoint();
    const sandbox = await sandboxWith({ callbackUrl: url });
    const id = await rewardOf(sandbox);
    await sandbox.redeem(id);
    const used = sandbox.rewards[0]?.usedDate;
    await sandbox.redeem(id);
    expect(received[1]).toEqual(received[0]);
    expect(sandbox.rewards[0]?.usedDate).toBe(used);
  });

  test.each<[string, Parameters<typeof endpoint>[0], { delivered: boolean; status: number | null; attempts: number }]>([
    ['5xx and resets are repeated', [500, 'reset'], { delivered: true, status: 200, attempts: 3 }],
    ['429 and 408 too', [429, 408], { delivered: true, status: 200, attempts: 3 }],
    ['a refusal is not', [401], { delivered: false, status: 401, attempts: 1 }],
    ['a redirect is not followed', [307], { delivered: false, status: 307, attempts: 1 }],
    ['it gives up in the end', [503, 502, 500, 504], { delivered: false, status: 504, attempts: 4 }],
  ])('%s', async (_, answers, expected) => {
    const { url, received } = await endpoint(answers);
    const sandbox = await sandboxWith({ callbackUrl: url });
    const delivery = await sandbox.redeem(await rewardOf(sandbox));
    expect(delivery).toMatchObject(expected);
    expect(received).toHaveLength(expected.attempts);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  test('Retry-After is obeyed', async () => {
    const { url } = await endpoint([{ status: 503, retryAfter: '1' }]);
    const sandbox = await sandboxWith({ callbackUrl: url });
    const id = await rewardOf(sandbox);
    const started = performance.now();
    await sandbox.redeem(id);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
  });

  test('nobody listening is told by its code alone', async () => {
    const sandbox = await sandboxWith({ callbackUrl: `http://localhost:${await freePort()}/` });
    const delivery = await sandbox.redeem(await rewardOf(sandbox));
    expect(delivery).toMatchObject({ delivered: false, status: null, attempts: 4, answer: 'ECONNREFUSED' });
  });

  test('https is spoken where it is asked for', async () => {
    const { url, received } = await endpoint();
    const sandbox = await sandboxWith({ callbackUrl: url.replace('http:', 'https:') });
    expect(await sandbox.redeem(await rewardOf(sandbox))).toMatchObject({
      delivered: false,
      status: null,
      answer: 'EPROTO',
    });
    expect(received).toEqual([]);
  });

  test('an answer that breaks off is repeated', async () => {
    const { url } = await endpoint(['cut']);
    const sandbox = await sandboxWith({ callbackUrl: url });
    expect(await sandbox.redeem(await rewardOf(sandbox))).toMatchObject({ delivered: true, attempts: 2 });
  });

  test('a signal and close() end a delivery that hangs', async () => {
    const { url } = await endpoint(['hang', 'hang']);
    const sandbox = await sandboxWith({ callbackUrl: url });
    const id = await rewardOf(sandbox);
    const controller = new AbortController();
    const first = sandbox.redeem(id, { signal: controller.signal });
    controller.abort();
    expect(await first).toMatchObject({ delivered: false, status: null });
    expect(await sandbox.redeem(id, { signal: AbortSignal.abort() })).toMatchObject({ attempts: 0, answer: 'aborted' });
    const second = sandbox.redeem(id);
    await sandbox.close();
    expect(await second).toMatchObject({ delivered: false });
    await expect(sandbox.redeem(id)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('closed') as unknown,
    });
  });
});

describe('issue', () => {
  test('posts the signed issuance; nonces differ unless given', async () => {
    const { url, received } = await endpoint();
    const sandbox = await sandboxWith({ callbackUrl: url, appSecret: 'geheim' });
    const id = await rewardOf(sandbox);
    await sandbox.issue(id);
    await sandbox.issue(id, { origin: 'other', quantity: 7, format: 'form' });
    const first = JSON.parse(received[0]?.body ?? '') as Record<string, string>;
    expect(Object.keys(first)).toEqual([
      'content',
      'quantity',
      'user_id',
      'transaction_id',
      'nonce',
      'origin',
      'signature',
    ]);
    expect(first).toMatchObject({ quantity: 20, user_id: 'johndoe', transaction_id: id, origin: 'survey' });
    expect(first['signature']).toBe(sha1(`${first['content']}20johndoe${id}${first['nonce']}surveygeheim`));
    const second = Object.fromEntries(new URLSearchParams(received[1]?.body));
    expect(second).toMatchObject({ quantity: '7', origin: 'other' });
    expect(second['nonce']).not.toBe(first['nonce']);
    await sandbox.issue(id, { nonce: first['nonce'] ?? '' });
    expect(received[2]).toEqual(received[0]);
    expect(sandbox.rewards[0]?.usedDate).toBeNull();
  });
});

describe('refusals', () => {
  test('each says what to do', async () => {
    const { url, received } = await endpoint();
    const nowhere = await sandboxWith();
    await expect(nowhere.redeem(await rewardOf(nowhere))).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('callbackUrl') as unknown,
    });
    const sandbox = await sandboxWith({ callbackUrl: url });
    const anonymous = await rewardOf(sandbox, { user: { gender: 'm' } });
    await expect(sandbox.redeem(anonymous)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'rewardId', message: expect.stringContaining('user.userid') as unknown }],
    });
    await expect(sandbox.issue('nothing')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('not a reward') as unknown,
    });
    const id = await rewardOf(sandbox);
    const wrong = { format: 'xml', redemptionFormular: 'legacy' } as unknown as { format: 'json' };
    await expect(sandbox.redeem(id, wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/format must be .*redemptionFormular .*did you mean redemptionFormula/) as unknown,
    });
    await expect(sandbox.issue(id, { quantity: '1,5' })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(received).toEqual([]);
    expect(sandbox.rewards.every(({ usedDate }) => usedDate === null)).toBe(true);
  });
});

test("the player's press on the reward page redeems once and dismisses", async () => {
  const { url, received } = await endpoint();
  const sandbox = await sandboxWith({ callbackUrl: url });
  await rewardOf(sandbox);
  const reward = sandbox.rewards[0];
  const delivered = new Promise<SandboxEvent>((resolve) =>
    sandbox.subscribe((event) => event.type === 'delivery' && resolve(event)),
  );
  const press = (): ReturnType<typeof send> =>
    send(`${sandbox.url}/reward/${reward?.unitId}/${reward?.id}/redeem`, { method: 'POST' });
  // A link and no redirect: Chromium ends when a frame under a frame-src policy is redirected to an unknown scheme.
  for (const { status, text } of [await press(), await press()]) {
    expect(status).toBe(200);
    expect(text).toMatch(/href="kiip:\/\/did_dismiss"/);
  }
  expect(await delivered).toMatchObject({ delivery: { type: 'redemption', delivered: true } });
  expect(received).toHaveLength(1);
  expect((await send(reward?.bodyUrl ?? '')).text).toContain('Redeemed');
});
