import http from 'node:http';
import { once } from 'node:events';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport, type Transport } from 'kiip-s2s/axios';
import { undiciTransport } from 'kiip-s2s/undici';
import { startClock } from '../support/clock.js';
import { failureOf, post } from './contract.js';
import { answer, startWire, type Arrival, type Wire } from './wire.js';

describe.each([
  ['createTransport', () => createTransport()],
  ['undiciTransport', () => undiciTransport()],
])('%s', (_, make) => {
  let transport: Transport;
  let wire: Wire;
  let reply: (arrival: Arrival) => void;

  beforeEach(async () => {
    transport = make();
    reply = ({ socket }) => socket.write(answer());
    wire = await startWire((arrival) => reply(arrival));
  });
  afterEach(async () => {
    await transport.close?.();
    await wire.close();
  });

  const send = (more = {}) => transport.send(post(wire.url, more));
  /** Node returns a connection to the pool a moment after the answer. */
  const settled = () => sleep(5);

  test('uses one connection for call after call, and as many as needed at once', async () => {
    for (let i = 0; i < 5; i++) await send();
    await settled();
    expect(wire.connections()).toBe(1);
    await Promise.all(Array.from({ length: 8 }, () => send()));
    expect(wire.connections()).toBeGreaterThan(1);
    const most = wire.connections();
    await settled();
    await Promise.all(Array.from({ length: most }, () => send()));
    expect(wire.connections()).toBe(most);
  });

  test('prefers the connection that was used last', async () => {
    await Promise.all([send(), send(), send()]);
    await settled();
    const before = wire.arrivals.length;
    for (let i = 0; i < 5; i++) await send();
    expect(new Set(wire.arrivals.slice(before).map(({ connection }) => connection)).size).toBe(1);
  });

  test('does not reuse a connection that the server keeps for a second only', async () => {
    reply = ({ socket }) => socket.write(answer('{}', { 'Keep-Alive': 'timeout=1' }));
    await send();
    await wire.idle();
    await send();
    expect(wire.connections()).toBe(2);
  });

  test('does not reuse a connection that the server will close', async () => {
    reply = ({ socket }) => socket.write(answer('{}', { Connection: 'close' }));
    await send();
    await wire.idle();
    await send();
    expect(wire.connections()).toBe(2);
  });

  test("retires an idle connection a second before the server's own limit", async () => {
    reply = ({ socket }) => socket.write(answer('{}', { 'Keep-Alive': 'timeout=2, max=100' }));
    await send();
    const began = performance.now();
    const elapsed = startClock();
    await wire.idle();
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(elapsed()).toBeLessThan(1_900);
  });

  test("keeps an idle connection as long as the server's own limit allows", async () => {
    reply = ({ socket }) => socket.write(answer('{}', { 'Keep-Alive': 'timeout=8' }));
    await send();
    await sleep(5_200);
    await send();
    expect(wire.connections()).toBe(1);
  }, 15_000);

  test('retires an idle connection before the five seconds of a node server', async () => {
    await send();
    const began = performance.now();
    const elapsed = startClock();
    await wire.idle();
    expect(performance.now() - began).toBeGreaterThan(3_500);
    expect(elapsed()).toBeLessThan(4_900);
  });

  test('asks the clock, not only a timer, when the event loop was blocked', async () => {
    reply = ({ socket }) => socket.write(answer('{}', { 'Keep-Alive': 'timeout=2' }));
    await send();
    await settled();
    const until = performance.now() + 1_100;
    while (performance.now() < until);
    await send();
    expect(wire.connections()).toBe(2);
  });

  test('an idle connection that got bytes nobody asked for is closed', async () => {
    await send();
    await settled();
    const [socket] = wire.sockets;
    socket?.write(answer('{"stolen":true}'));
    await sleep(20);
    expect((await send()).body).toBe('{}');
    expect(wire.connections()).toBe(2);
  });

  test('a connection that the server closed or reset while idle is not used', async () => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      await send();
      await settled();
      for (const socket of wire.sockets) socket[end]();
      await wire.idle();
      await sleep(5);
      expect((await send()).status).toBe(200);
    }
    expect(wire.connections()).toBe(3);
  });

  test('the race: a reused connection closed as the request arrives may have carried it', async () => {
    await send();
    await settled();
    reply = ({ socket }) => socket.resetAndDestroy();
    expect(await failureOf(send())).toMatchObject({
      kind: 'connection',
      reason: 'ECONNRESET',
      maybeSent: true,
      status: null,
    });
    reply = ({ socket }) => socket.write(answer());
    expect((await send({ freshConnection: true })).status).toBe(200);
  });

  test('a fresh connection on demand, and the idle ones are given up', async () => {
    await Promise.all([send(), send()]);
    await settled();
    expect(wire.sockets.size).toBe(2);
    await send({ freshConnection: true });
    expect(wire.connections()).toBe(3);
    await sleep(20);
    expect(wire.sockets.size).toBe(1);
  });

  test('a call that is given up in the tick it began in leaves a connection that works', async () => {
    const controller = new AbortController();
    await send();
    await settled();
    const given = failureOf(send({ signal: controller.signal, freshConnection: true }));
    controller.abort();
    expect(await given).toMatchObject({ kind: 'aborted' });
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(200);
  });

  test('an answer that comes before the request was read to its end is an answer', async () => {
    reply = () => undefined;
    const early = http.createServer((_, response) => response.writeHead(413, { connection: 'close' }).end('no'));
    early.listen(0, '127.0.0.1');
    await once(early, 'listening');
    const address = early.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const response = await transport.send(post(`http://127.0.0.1:${port}/`, { body: 'x'.repeat(100_000) }));
    expect(response).toMatchObject({ status: 413, body: 'no' });
    early.close();
    early.closeAllConnections();
  });

  test.each([
    ['gzip', 'not compressed at all'],
    ['br', 'nor this'],
    ['zstd', 'an encoding of the future'],
  ])(
    'a body that is not %s in spite of its head comes back as it is, and an empty one stays empty',
    async (encoding, body) => {
      reply = ({ socket }) => socket.write(answer(body, { 'Content-Encoding': encoding }));
      expect((await send()).body).toBe(body);
      reply = ({ socket }) => socket.write(answer('', { 'Content-Encoding': encoding }));
      expect((await send()).body).toBe('');
    },
  );

  test('undoes several encodings, the last one first', async () => {
    const body = brotliCompressSync(gzipSync('{"a":1}'));
    reply = ({ socket }) => socket.write(answer(body, { 'Content-Encoding': 'gzip, BR' }));
    expect((await send()).body).toBe('{"a":1}');
  });

  test('credentials in the address become a header, unless the caller has one; a frozen header object is read once', async () => {
    const url = wire.url.replace('http://', 'http://user:p%40ss@');
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    const headers = Object.freeze({ 'x-a': '1' });
    await send({ url, headers });
    await send({ url, headers });
    await send({ url, headers: { authorization: 'Bearer x', host: 'platform.test', 'content-length': '1' } });
    await send({ headers });
    expect(wire.arrivals.map((arrival) => arrival.headers['authorization'])).toEqual([
      basic,
      basic,
      'Bearer x',
      undefined,
    ]);
    expect(wire.arrivals.map((arrival) => arrival.headers['host'])[2]).toBe('platform.test');
    expect(wire.arrivals.every((arrival) => arrival.body === post('').body)).toBe(true);
  });

  test('talks to an IPv6 address', async () => {
    const server = http.createServer((request, response) => response.end(request.headers.host));
    server.listen(0, '::1');
    await once(server, 'listening');
    const address = server.address();
    const host = `[::1]:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    expect((await transport.send(post(`http://${host}/`))).body).toBe(host);
    server.closeAllConnections();
    server.close();
  });

  test('remembers a bounded number of addresses', async () => {
    for (let i = 0; i < 80; i++) await send({ url: `${wire.url}${i % 40}` });
    expect(wire.arrivals.map(({ line }) => line.split(' ')[1]?.split('/').pop())).toEqual(
      Array.from({ length: 80 }, (_, i) => String(i % 40)),
    );
  });

  describe('close', () => {
    test('frees idle connections, lets an answer finish, and refuses what comes later', async () => {
      await Promise.all([send(), send()]);
      await settled();
      const arrived = new Promise<Arrival>((resolve) => (reply = resolve));
      const sending = send();
      const { socket } = await arrived;
      await transport.close?.();
      await sleep(20);
      expect(wire.sockets.size).toBe(1);
      expect(await failureOf(send())).toMatchObject({ kind: 'connection', reason: 'closed', maybeSent: false });
      socket.write(answer());
      expect((await sending).status).toBe(200);
      await wire.idle();
    });

    test('before the first call, and twice', async () => {
      await transport.close?.();
      await transport.close?.();
      expect(await failureOf(send())).toMatchObject({ reason: 'closed' });
      expect(wire.connections()).toBe(0);
    });

    test('while the first call loads the engine', async () => {
      const sending = failureOf(send());
      await transport.close?.();
      expect(await sending).toMatchObject({ reason: 'closed' });
    });
  });

  test('10,000 calls leave neither connections nor timers behind', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    let left = 10_000;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await send();
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    expect(wire.connections()).toBeLessThanOrEqual(40);
    await transport.close?.();
    await wire.idle();
    await settled();
    expect(sockets()).toBe(before);
  });
});

test("a fresh connection from the caller's agent too", async () => {
  const agent = new http.Agent({ keepAlive: true });
  const wire = await startWire(({ socket }) => socket.write(answer()));
  const through = createTransport({ agent });
  await through.send(post(wire.url));
  await sleep(5);
  await through.send(post(wire.url));
  expect(wire.connections()).toBe(1);
  await sleep(5);
  await through.send(post(wire.url, { freshConnection: true }));
  expect(wire.connections()).toBe(2);
  await through.close?.();
  await sleep(5);
  expect(Object.keys(agent.freeSockets)).toHaveLength(1);
  agent.destroy();
  await wire.close();
});
