import { inspect } from 'node:util';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { startKaminari, type Answer } from './kaminari-server.js';
import { CURL_BODY, CURL_IMPRESSION, impression, NODE_PINGTEST_ANSWER, PHP_PINGTEST_ANSWER } from './samples.js';

async function ask(answer: Answer, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<unknown> {
  const server = await startKaminari(() => answer);
  const client = new KaminariClient({
    kmnrKey: 'XXXXXXXX',
    baseUrl: server.url,
    ...(options.timeoutMs && { timeoutMs: options.timeoutMs }),
  });
  try {
    const result = await client.test(CURL_IMPRESSION, { signal: options.signal });
    expect(server.received).toMatchObject([{ method: 'POST', path: '/v1/pingtest', body: CURL_BODY }]);
    return result;
  } finally {
    await client.close();
    await server.close();
  }
}

const json = (value: unknown): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

test("the document's answers: its samples send no X-Forwarded-For, which is mandatory", async () => {
  const expected = { ok: false, advice: NODE_PINGTEST_ANSWER.errors };
  await expect(
    ask({ status: 200, headers: { 'content-type': 'text/html' }, body: PHP_PINGTEST_ANSWER }),
  ).resolves.toEqual(expected);
  await expect(ask(json(NODE_PINGTEST_ANSWER))).resolves.toEqual(expected);
});

test('without a mandatory header among it, the rest is advice', async () => {
  const { 'X-Forwarded-For': _missing, ...advice } = NODE_PINGTEST_ANSWER.errors;
  expect(_missing).toBeDefined();
  await expect(ask(json({ errors: advice }))).resolves.toEqual({ ok: true, advice });
  for (const header of ['User-Agent', 'accept-language', 'X-Original-Ip', 'X-FORWARDED-FOR', 'kmnrId', 'kmnrKey'])
    await expect(ask(json({ errors: { header: 'x', [header]: 'required' } }))).resolves.toMatchObject({ ok: false });
});

test('advice of an odd kind is shown as it is, and nothing of it gets a hold on our objects', async () => {
  const body = '{"errors":{"dpr":{"toString":1},"__proto__":"x","referer":null}}';
  const { advice } = (await ask({ status: 200, body })) as { advice: Record<string, string> };
  expect(Object.entries(advice)).toEqual([
    ['dpr', '{"toString":1}'],
    ['__proto__', 'x'],
    ['referer', 'null'],
  ]);
  expect(Object.getPrototypeOf(advice)).toBe(Object.prototype);
});

test.each([[{}], [{ errors: {} }], [{ errors: [] }], [{ errors: null }], [{ status: 'ok' }]])(
  '%j: nothing to complain about',
  async (answer) => {
    await expect(ask(json(answer))).resolves.toEqual({ ok: true, advice: {} });
  },
);

test.each<[string, Answer, object]>([
  [
    'not JSON',
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' },
    { code: 'invalid_response', status: 200, contentType: 'text/html' },
  ],
  ['a list', json([]), { code: 'invalid_response' }],
  ['errors that are none', json({ errors: 'x' }), { code: 'invalid_response' }],
  ['errors in a list', json({ errors: ['x'] }), { code: 'invalid_response' }],
  ['204', 204, { code: 'invalid_response', status: 204 }],
  ['too long', json('x'.repeat(70_000)), { code: 'invalid_response', status: 200 }],
  ['401', 401, { code: 'http_status', status: 401, retryAfterMs: null }],
  ['503', { status: 503, headers: { 'retry-after': '7' } }, { code: 'http_status', status: 503, retryAfterMs: 7_000 }],
  [
    'a redirect',
    { status: 302, headers: { location: 'https://elsewhere/' } },
    { code: 'connection', reason: 'redirect' },
  ],
  ['a reset', 'reset', { code: 'connection', reason: 'ECONNRESET' }],
])('%s is an error', async (_name, answer, facts) => {
  await expect(ask(answer)).rejects.toMatchObject({ operation: 'pingtest', attempts: 1, ...facts });
});

test('a redirect to a host that repeats the visitor is an error that does not', async () => {
  const { visitor } = impression();
  const location = `https://${visitor.ip}.elsewhere.example/`;
  const error: unknown = await ask({ status: 302, headers: { location } }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'connection', reason: 'redirect' });
  expect(inspect(error)).not.toContain(visitor.ip);
});

test('timeout and abort', async () => {
  await expect(ask('black hole', { timeoutMs: 60 })).rejects.toMatchObject({ code: 'timeout', scope: 'attempt' });
  await expect(ask('black hole', { signal: AbortSignal.timeout(60) })).rejects.toMatchObject({ code: 'aborted' });
});

test('a transport that fails in a way of its own; a wrong impression', async () => {
  const client = new KaminariClient({
    kmnrKey: 'k',
    transport: { send: () => Promise.reject(new TypeError('203.0.113.9')) },
  });
  await expect(client.test(impression())).rejects.toMatchObject({ code: 'connection', reason: 'transport_failed' });
  await expect(client.test({ ...impression(), kmnrId: '' })).rejects.toMatchObject({ code: 'invalid_request' });
  await client.close();
});
