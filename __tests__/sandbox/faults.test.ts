import { request } from 'node:http';
import { connect } from 'node:net';
import type { Fault } from 'kiip-s2s/sandbox';
import { closeAll, moment, MOMENT_PATH, post, sandboxWith, session } from './support.js';

afterEach(closeAll);

/** What arrives on the socket itself, until it closes. */
function rawAnswer(url: string, body: string): Promise<{ text: string; error: string | null }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    let error: string | null = null;
    const socket = connect(Number(port), hostname, () => {
      const head = `POST ${MOMENT_PATH} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\nconnection: close\r\n`;
      socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', (failure: NodeJS.ErrnoException) => (error = failure.code ?? 'unknown'));
    socket.on('close', () => resolve({ text, error }));
  });
}

const split = ({ text }: { text: string }): [head: string, body: string] => {
  const end = text.indexOf('\r\n\r\n');
  return [text.slice(0, end), text.slice(end + 4)];
};
const lengthOf = (head: string): number => Number(/content-length: (\d+)/i.exec(head)?.[1]);

test('status: answered without processing, with Retry-After when given', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'status', status: 503, retryAfter: '2' });
  sandbox.failNext({ kind: 'status', status: 204 });
  const first = await post(sandbox.url + MOMENT_PATH, moment());
  expect(first).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  expect(JSON.parse(first.text)).toHaveProperty('error');
  const second = await post(sandbox.url + MOMENT_PATH, moment());
  expect(second).toMatchObject({ status: 204, text: '' });
  expect(second.headers).not.toHaveProperty('retry-after');
  expect((await post(sandbox.url + MOMENT_PATH, moment())).status).toBe(200);
  expect(sandbox.requests.map(({ kind, status, verdict }) => [kind, status, verdict])).toEqual([
    ['moment', 503, 'fault: status 503'],
    ['moment', 204, 'fault: status 204'],
    ['moment', 200, 'moment: reward'],
  ]);
  expect(sandbox.rewards).toHaveLength(1);
});

test('reset: the connection is torn down with RST', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'reset' });
  expect(await rawAnswer(sandbox.url, JSON.stringify(moment()))).toEqual({ text: '', error: 'ECONNRESET' });
  expect(sandbox.requests).toEqual([
    expect.objectContaining({ kind: 'moment', status: null, verdict: 'fault: reset', body: moment() }),
  ]);
});

test('truncate: half of the announced body, then the end', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'truncate' }, 2);
  const [head, body] = split(await rawAnswer(sandbox.url, JSON.stringify(moment())));
  expect(head).toMatch(/^HTTP\/1\.1 200/);
  expect(body.length).toBe(Math.floor(lengthOf(head) / 2));
  await expect(post(sandbox.url + MOMENT_PATH, moment())).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(sandbox.requests[0]?.verdict).toBe('moment: reward (fault: truncate)');
  expect(sandbox.rewards).toHaveLength(2);
});

test('garbage: 200 with a page that is not JSON', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'garbage' });
  const reply = await post(sandbox.url + MOMENT_PATH, moment());
  expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' } });
  expect(() => void JSON.parse(reply.text)).toThrow();
  expect(sandbox.requests[0]?.verdict).toBe('moment: reward (fault: garbage)');
});

test('redirect: 307 to the place given, without processing', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'redirect', location: 'https://elsewhere.example/x' });
  expect(await post(sandbox.url + MOMENT_PATH, moment())).toMatchObject({
    status: 307,
    headers: { location: 'https://elsewhere.example/x' },
  });
  expect(sandbox.rewards).toHaveLength(0);
});

test('delay: the same answer, later', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'delay', ms: 150 });
  const started = performance.now();
  const reply = await post(sandbox.url + MOMENT_PATH, moment());
  expect(performance.now() - started).toBeGreaterThanOrEqual(145);
  expect(JSON.parse(reply.text)).toHaveProperty('view');
  expect(sandbox.requests[0]?.verdict).toBe('moment: reward (fault: delay 150 ms)');
});

test('drip: the head at once, the body slowly and whole', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'drip', bytesPerSecond: 1_000 });
  const started = performance.now();
  const [headMs, text] = await new Promise<[number, string]>((resolve, reject) => {
    const outgoing = request(
      sandbox.url + MOMENT_PATH,
      { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } },
      (response) => {
        const arrived = performance.now() - started;
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve([arrived, body]));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(moment()));
  });
  const wholeMs = performance.now() - started;
  expect(JSON.parse(text)).toHaveProperty('view');
  expect(wholeMs).toBeGreaterThanOrEqual(text.length * 0.9);
  expect(headMs).toBeLessThan(wholeMs / 2);
});

test('oversize: the answer with as many bytes as asked for, unannounced', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'oversize', bytes: 3_000_000 });
  const reply = await post(sandbox.url + MOMENT_PATH, moment());
  expect(reply.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
  expect(Buffer.byteLength(reply.text)).toBe(3_000_000);
  expect(JSON.parse(reply.text)).toHaveProperty('view');
});

test('faults queue up, count down, hit sessions and pings too, and leave pages alone', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'status', status: 500 }, 3);
  sandbox.failNext({ kind: 'status', status: 429 });
  expect((await fetch(`${sandbox.url}/v1/script.js`)).status).toBe(200);
  const statuses = [
    (await post(sandbox.url + MOMENT_PATH, session())).status,
    (await post(`${sandbox.url}/v2/ping`, { kmnrId: 'a', kmnrKey: 'k' })).status,
    (await post(`${sandbox.url}/v1/pingtest`, { kmnrId: 'a', kmnrKey: 'k' })).status,
    (await post(sandbox.url + MOMENT_PATH, moment())).status,
    (await post(sandbox.url + MOMENT_PATH, moment())).status,
  ];
  expect(statuses).toEqual([500, 500, 500, 429, 200]);
  expect(sandbox.requests.map(({ kind }) => kind)).toEqual([
    'script',
    'session',
    'ping',
    'pingtest',
    'moment',
    'moment',
  ]);
});

test.each<[unknown, number, RegExp]>([
  [{ kind: 'explode' }, 1, /kind must be one of status, delay, reset/],
  [null, 1, /kind must be one of/],
  [{ kind: 'status', status: 99 }, 1, /status must be an integer from 200 to 599/],
  [{ kind: 'status', status: 503, retryAfter: 'a\r\nb' }, 1, /retryAfter/],
  [{ kind: 'redirect', location: 'x\n' }, 1, /location/],
  [{ kind: 'delay' }, 1, /ms must be/],
  [{ kind: 'drip', bytesPerSecond: 0 }, 1, /bytesPerSecond/],
  [{ kind: 'oversize', bytes: -1 }, 0.5, /bytes must be .*; times must be/],
])('failNext(%j, %p) is refused', async (fault, times, message) => {
  const sandbox = await sandboxWith();
  expect(() => sandbox.failNext(fault as Fault, times)).toThrow(
    expect.objectContaining({ code: 'config', message: expect.stringMatching(message) as unknown }),
  );
  expect((await post(sandbox.url + MOMENT_PATH, moment())).status).toBe(200);
});

test('close() ends what a fault keeps waiting', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'delay', ms: 60_000 });
  const waiting = expect(post(sandbox.url + MOMENT_PATH, moment())).rejects.toMatchObject({ code: 'ECONNRESET' });
  await new Promise<void>((resolve) => sandbox.subscribe(() => resolve()));
  await sandbox.close();
  await waiting;
});

test('a misspelt field of a fault is refused', async () => {
  const sandbox = await sandboxWith();
  const fault = { kind: 'status', status: 503, retryafter: '2' } as { kind: 'status'; status: number };
  expect(() => sandbox.failNext(fault)).toThrow(/retryafter is not a known field \(did you mean retryAfter\?\)/);
});
