import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KiipClient, KiipConfigError, KiipHttpError } from 'kiip-s2s';
import { undiciTransport } from 'kiip-s2s/undici';
import { Agent, MockAgent, ProxyAgent } from 'undici';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';
import { failureOf, post } from './contract.js';
import { startProxy } from './proxy.js';
import { answer, startWire } from './wire.js';

const MAJOR = process.env['UNDICI_MAJOR'] ?? '7';
test(`undici ${MAJOR} is what runs`, () => {
  const { version } = jest.requireActual<{ version: string }>('undici/package.json');
  expect(version.split('.')[0]).toBe(MAJOR);
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-undici-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  let server: https.Server;
  let url: string;

  beforeAll(async () => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' }); // prettier-ignore
    server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.end('{"secure":true}');
    });
    server.listen(0);
    await once(server, 'listening');
    url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test('a certificate that nobody vouches for: nothing was sent', async () => {
    const transport = undiciTransport();
    expect(await failureOf(transport.send(post(url)))).toMatchObject({
      kind: 'connection',
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      maybeSent: false,
    });
    await transport.close?.();
  });

  test('an authority of ours, by a dispatcher of the caller, directly and through a tunnel', async () => {
    const ca = readFileSync(cert);
    const proxy = await startProxy();
    for (const dispatcher of [
      new Agent({ connect: { ca } }),
      new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls: { ca } }),
    ]) {
      const transport = undiciTransport({ dispatcher });
      expect((await transport.send(post(url))).body).toBe('{"secure":true}');
      await transport.close?.();
      await dispatcher.close();
    }
    expect(proxy.heads).toHaveLength(1);
    expect(proxy.heads[0]).toMatch(/^CONNECT localhost:/);
    await proxy.close();
  });
});

test('a proxy that refuses the tunnel: nothing was sent', async () => {
  const proxy = await startProxy({ refuse: 407 });
  const dispatcher = new ProxyAgent(`http://127.0.0.1:${proxy.port}`);
  const transport = undiciTransport({ dispatcher });
  expect(await failureOf(transport.send(post('https://localhost:1/')))).toMatchObject({
    kind: 'connection',
    maybeSent: false,
  });
  await dispatcher.destroy();
  await proxy.close();
});

test('the time limit covers connecting, nothing was sent then, and the socket is let go', async () => {
  // A server of TLS that never answers the handshake.
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const transport = undiciTransport();
  const connected = once(silent, 'connection') as Promise<[NodeJS.Socket & NodeJS.EventEmitter]>;
  const sending = failureOf(transport.send(post(url, { timeoutMs: 100 })));
  const [socket] = await connected;
  socket.on('error', () => undefined);
  const gone = once(socket, 'close');
  socket.resume();
  expect(await sending).toMatchObject({ kind: 'timeout', maybeSent: false });
  await gone;

  const controller = new AbortController();
  const aborted = failureOf(transport.send(post(url, { signal: controller.signal })));
  await once(silent, 'connection');
  controller.abort();
  expect(await aborted).toMatchObject({ kind: 'aborted', maybeSent: false });
  await transport.close?.();
  silent.close();
});

test('a request given up while a dispatcher of the caller was connecting is not written later', async () => {
  const wire = await startWire(({ socket }) => socket.write(answer()));
  let connect = (): void => {};
  const held = new Promise<void>((resolve) => (connect = resolve));
  const agent = new Agent();
  const dispatcher = {
    dispatch(options: never, handler: never): boolean {
      void held.then(() => agent.dispatch(options, handler));
      return true;
    },
  };
  const transport = undiciTransport({ dispatcher });
  expect(await failureOf(transport.send(post(wire.url, { timeoutMs: 20 })))).toMatchObject({
    kind: 'timeout',
    maybeSent: false,
  });
  connect();
  await transport.send(post(wire.url));
  expect(wire.arrivals).toHaveLength(1);
  await agent.destroy();
  await wire.close();
});

test('a MockAgent answers a client, and what it does not know is not sent', async () => {
  const dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
  const pool = dispatcher.get('https://api.kiip.me');
  const path = '/2.0/server/moment/';
  pool.intercept({ path, method: 'POST', body: (body) => body.includes('level_up') }).reply(200, REWARD_JSON);
  pool.intercept({ path, method: 'POST' }).reply(404, '{}');
  const client = new KiipClient({ ...APP, transport: undiciTransport({ dispatcher }), retry: false });
  await expect(client.moment('level_up', CONTEXT)).resolves.toMatchObject({ rewarded: true });
  await expect(client.startSession(CONTEXT)).rejects.toBeInstanceOf(KiipHttpError);
  await expect(client.startSession(CONTEXT)).rejects.toMatchObject({ code: 'connection' });
  await client.close();
  await dispatcher.close();
});

test.each([
  [{ dispatcher: {} }, /dispatcher must be a dispatcher of undici/],
  [{ dispatchr: new Agent() }, /did you mean dispatcher/],
  [7, /must be an object/],
])('refuses the options %#', (options, message) => {
  expect(() => undiciTransport(options as never)).toThrow(KiipConfigError);
  expect(() => undiciTransport(options as never)).toThrow(message);
});
