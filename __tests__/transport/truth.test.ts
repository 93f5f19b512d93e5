import http from 'node:http';
import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createTransport } from 'kiip-s2s/axios';
import { failureOf, post } from './contract.js';
import { answer, startWire, type Wire } from './wire.js';

let wire: Wire;
let reply: Buffer;
beforeAll(async () => {
  wire = await startWire(({ socket }) => socket.write(reply));
});
beforeEach(() => {
  reply = answer();
  wire.arrivals.length = 0;
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => wire.close());

describe('a connection that fails at once was never made', () => {
  test.each(['ENETUNREACH', 'EMFILE', 'ENFILE', 'EHOSTUNREACH', 'ENOBUFS'])('%s', async (code) => {
    class FailingAgent extends http.Agent {
      override createConnection(): Socket {
        const socket = new Socket();
        // In the turn in which Node itself would: after this function, before the request sees the socket.
        process.nextTick(() => socket.destroy(Object.assign(new Error('connect'), { code })));
        return socket;
      }
    }
    const agent = new FailingAgent();
    const transport = createTransport({ agent: { http: agent } });
    expect(await failureOf(transport.send(post(wire.url)))).toMatchObject({
      kind: 'connection',
      reason: code,
      maybeSent: false,
    });
    agent.destroy();
  });

  test('a permission model that throws', async () => {
    jest.spyOn(http, 'request').mockImplementation(() => {
      throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
    });
    const transport = createTransport();
    expect(await failureOf(transport.send(post(wire.url)))).toMatchObject({
      reason: 'ERR_ACCESS_DENIED',
      maybeSent: false,
    });
    await transport.close?.();
  });

  test('an address without a route', async () => {
    const transport = createTransport();
    expect(await failureOf(transport.send(post('http://255.255.255.255:9/', { timeoutMs: 2_000 })))).toMatchObject({
      maybeSent: false,
    });
    await transport.close?.();
  });
});

test('an agent that hands over an open connection: it counts as made', async () => {
  class OpenAgent extends http.Agent {
    readonly open: Socket;
    constructor(open: Socket) {
      super();
      this.open = open;
    }
    override createConnection(): Socket {
      return this.open;
    }
  }
  const open = new Socket();
  await new Promise<void>((resolve) => open.connect(wire.port, '127.0.0.1', resolve));
  reply = Buffer.from('nonsense\r\n\r\n');
  const transport = createTransport({ agent: { http: new OpenAgent(open) } });
  expect(await failureOf(transport.send(post(wire.url)))).toMatchObject({ kind: 'connection', maybeSent: true });
});

test.each([
  [5, true],
  [6, false],
])('a body encoded %i times: read is %s', async (times, read) => {
  let bytes = Buffer.from('{"deep":true}');
  for (let i = 0; i < times; i++) bytes = gzipSync(bytes);
  reply = answer(bytes, { 'Content-Encoding': Array(times).fill('gzip').join(', ') });
  const transport = createTransport();
  const { body } = await transport.send(post(wire.url));
  expect(body === '{"deep":true}').toBe(read);
  await transport.close?.();
});

test('a connection that was idle while the machine slept is not used again', async () => {
  const transport = createTransport();
  await transport.send(post(wire.url));
  await new Promise((resolve) => setTimeout(resolve, 10));
  // The monotonic clock stands still in sleep; the wall clock does not.
  const woken = Date.now() + 60_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(woken);
  await transport.send(post(wire.url));
  clock.mockRestore();
  expect(wire.arrivals.map(({ connection }) => connection)).toEqual([
    expect.any(Number),
    (wire.arrivals[0]?.connection ?? 0) + 1,
  ]);
  await transport.close?.();
});
