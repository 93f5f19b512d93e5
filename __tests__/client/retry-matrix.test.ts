import { KiipClient, type KiipClientOptions } from 'kiip-s2s';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';
import { freePort } from '../support/services.js';
import { http, startSocketServer, type Reply, type SocketServer } from '../support/socket-server.js';

// For each fault and each call: how many requests the server saw when every request meets the fault (of three attempts at most),
// and the error's code. PROTOCOL K1, and "Retries" of docs/retries.md.

const ok = http('200 OK', REWARD_JSON);
const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (socket) =>
    socket.write(http(`${code} X`, '{}', headers));

const faults: {
  name: string;
  reply: Reply;
  session: number;
  moment: number;
  code: string;
  options?: Partial<KiipClientOptions>;
}[] = [
  { name: '400', reply: status(400), session: 1, moment: 1, code: 'http_status' },
  { name: '401', reply: status(401), session: 1, moment: 1, code: 'http_status' },
  { name: '404', reply: status(404), session: 1, moment: 1, code: 'http_status' },
  { name: '408', reply: status(408), session: 1, moment: 1, code: 'http_status' },
  { name: '429', reply: status(429), session: 3, moment: 3, code: 'http_status' },
  {
    name: '429 with a short Retry-After',
    reply: status(429, { 'retry-after': '0' }),
    session: 3,
    moment: 3,
    code: 'http_status',
  },
  {
    name: '429 with a Retry-After beyond the deadline',
    reply: status(429, { 'retry-after': '60' }),
    session: 1,
    moment: 1,
    code: 'http_status',
  },
  { name: '500', reply: status(500), session: 1, moment: 1, code: 'http_status' },
  { name: '502', reply: status(502), session: 3, moment: 1, code: 'http_status' },
  { name: '503', reply: status(503), session: 3, moment: 3, code: 'http_status' },
  { name: '504', reply: status(504), session: 3, moment: 1, code: 'http_status' },
  {
    name: 'redirect',
    reply: status(307, { location: 'https://elsewhere.example/x?u=1' }),
    session: 1,
    moment: 1,
    code: 'connection',
  },
  { name: '300 without a location', reply: status(300), session: 1, moment: 1, code: 'http_status' },
  {
    name: 'reset before the answer',
    reply: (socket) => socket.resetAndDestroy(),
    session: 3,
    moment: 1,
    code: 'connection',
  },
  { name: 'closed before the answer', reply: (socket) => socket.destroy(), session: 3, moment: 1, code: 'connection' },
  {
    name: 'reset within the body',
    reply: (socket) => socket.write(ok.slice(0, -20), () => socket.resetAndDestroy()),
    session: 3,
    moment: 1,
    code: 'connection',
  },
  {
    name: 'truncated body',
    reply: (socket) => socket.end(ok.slice(0, -20)),
    session: 3,
    moment: 1,
    code: 'connection',
  },
  { name: 'no answer in time', reply: () => {}, session: 3, moment: 1, code: 'timeout', options: { timeoutMs: 60 } },
  {
    name: 'no answer until the deadline',
    reply: () => {},
    session: 1,
    moment: 1,
    code: 'timeout',
    options: { deadlineMs: 60 },
  },
  {
    name: 'garbage instead of HTTP',
    reply: (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'),
    session: 3,
    moment: 1,
    code: 'connection',
  },
  {
    name: 'HTML with 200',
    reply: (socket) => socket.write(http('200 OK', '<html>', { 'content-type': 'text/html' })),
    session: 1,
    moment: 1,
    code: 'invalid_response',
  },
  {
    name: 'broken JSON with 200',
    reply: (socket) => socket.write(http('200 OK', REWARD_JSON.slice(1))),
    session: 1,
    moment: 1,
    code: 'invalid_response',
  },
  {
    name: 'an array with 200',
    reply: (socket) => socket.write(http('200 OK', '[]')),
    session: 1,
    moment: 1,
    code: 'invalid_response',
  },
  {
    name: 'more than maxResponseBytes',
    reply: (socket) => socket.write(ok),
    session: 1,
    moment: 1,
    code: 'invalid_response',
    options: { maxResponseBytes: 100 },
  },
];

const quick = { retry: { maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 2 }, deadlineMs: 5_000 } as const;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

async function setUp(
  reply: Reply,
  options: Partial<KiipClientOptions> = {},
): Promise<{ server: SocketServer; client: KiipClient }> {
  const server = await startSocketServer(reply);
  const client = new KiipClient({ ...APP, baseUrl: server.url, ...quick, ...options });
  open.push({ close: () => client.close() }, server);
  return { server, client };
}

describe.each(faults)('$name', ({ reply, session, moment, code, options }) => {
  test.each([
    ['session', session],
    ['moment', moment],
  ] as const)('%s: the server sees %i requests', async (call, expected) => {
    const { server, client } = await setUp(reply, options);
    const operation = call === 'session' ? client.startSession(CONTEXT) : client.moment('level_up', CONTEXT);
    await expect(operation).rejects.toMatchObject({
      code,
      attempts: expected,
      operation: call === 'session' ? 'session_start' : 'moment',
    });
    expect(server.requests).toHaveLength(expected);
  });

  test('retry: false makes one request of it', async () => {
    const { server, client } = await setUp(reply, { ...options, retry: false });
    await expect(client.endSession(CONTEXT)).rejects.toMatchObject({ code, attempts: 1, operation: 'session_end' });
    expect(server.requests).toHaveLength(1);
  });
});

test.each(['startSession', 'moment'] as const)('%s is repeated when the connection was refused', async (call) => {
  const retried: string[] = [];
  const client = new KiipClient({
    ...APP,
    baseUrl: `http://127.0.0.1:${await freePort()}`,
    ...quick,
    hooks: { onRetry: ({ code }) => void retried.push(code) },
  });
  open.push({ close: () => client.close() });
  const operation = call === 'moment' ? client.moment('level_up', CONTEXT) : client.startSession(CONTEXT);
  await expect(operation).rejects.toMatchObject({ code: 'connection', reason: 'ECONNREFUSED', attempts: 3 });
  expect(retried).toEqual(['connection', 'connection']);
});

test.each([
  ['a session recovers', 'session', [http('503 X'), http('502 X'), ok], 3],
  ['a moment recovers from 429 and 503', 'moment', [http('429 X'), http('503 X', '', { 'retry-after': '0' }), ok], 3],
] as const)('%s', async (_, call, replies, expected) => {
  const { server, client } = await setUp((socket, __, index) => socket.write(replies[index] ?? ok));
  const result = call === 'session' ? await client.startSession(CONTEXT) : await client.moment('level_up', CONTEXT);
  expect(result.date).toEqual(new Date('2016-07-07T18:47:06.353Z'));
  expect(server.requests).toHaveLength(expected);
});

test('an idle socket that the server closed in the very moment: a session is repeated on a fresh one, a moment is not', async () => {
  const { server, client } = await setUp((socket, _, index) =>
    index % 2 === 0 ? socket.write(ok) : socket.resetAndDestroy(),
  );
  await client.startSession(CONTEXT);
  await client.startSession(CONTEXT);
  expect(server.requests).toHaveLength(3);
  await expect(client.moment('level_up', CONTEXT)).rejects.toMatchObject({ code: 'connection', attempts: 1 });
  expect(server.requests).toHaveLength(4);
});
