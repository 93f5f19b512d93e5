import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import https from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { KiipConfigError } from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import { startClock } from '../support/clock.js';
import { failureOf, post } from './contract.js';
import { startProxy } from './proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'kiip-tls-'));
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
let server: https.Server;
let url: string;
let agent: https.Agent;
const seen: {
  authorization: string | undefined;
  proxyAuthorization: string | undefined;
  body: string;
  reused: boolean;
}[] = [];

/** Two calls in a process that trusts our certificate, and the time from the last answer to its end. */
async function run(...args: string[]): Promise<{ output: string; ms: number }> {
  const outfile = join(folder, 'two-calls.cjs');
  await build({
    entryPoints: [join(__dirname, 'processes', 'two-calls.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const child = spawn(process.execPath, [outfile, ...args], {
    env: { NODE_EXTRA_CA_CERTS: cert },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let elapsed = startClock();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    elapsed();
    elapsed = startClock();
  });
  await once(child, 'close');
  return { output, ms: elapsed() };
}

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' }); // prettier-ignore
  server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { authorization } = request.headers;
      seen.push({
        authorization,
        proxyAuthorization: request.headers['proxy-authorization'],
        body,
        reused: 'kiipSeen' in request.socket,
      });
      Object.assign(request.socket, { kiipSeen: true });
      response.setHeader('content-type', 'application/json');
      response.end('{"secure":true}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  agent = new https.Agent({ ca: readFileSync(cert), keepAlive: true });
});
afterAll(async () => {
  agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});
beforeEach(() => (seen.length = 0));

test('an untrusted certificate: never connected, and the code says why', async () => {
  const transport = createTransport();
  expect(await failureOf(transport.send(post(url)))).toMatchObject({
    kind: 'connection',
    reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    maybeSent: false,
  });
  expect(seen).toEqual([]);
  await transport.close?.();
});

test('a TLS connection is kept, and the process ends by itself after close()', async () => {
  const { output, ms } = await run(url);
  expect(output).toBe('200 {"secure":true}\n200 {"secure":true}\n');
  expect(seen).toMatchObject([{ reused: false }, { reused: true }]);
  expect(ms).toBeLessThan(3_000);
});

test("the caller's agent brings its TLS settings", async () => {
  const transport = createTransport({ agent: { https: agent } });
  expect((await transport.send(post(url))).body).toBe('{"secure":true}');
  const wrongName = url.replace('localhost', '127.0.0.2');
  const error = await failureOf(transport.send(post(wrongName)));
  expect(error).toMatchObject({ kind: 'connection', maybeSent: false });
  await transport.close?.();
});

describe('a connection that is never made', () => {
  const held = new Set<Socket>();
  // It accepts, and says nothing: the TLS handshake does not end.
  const silent = createServer((socket) => {
    held.add(socket);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => held.delete(socket));
  });
  let target: string;
  beforeAll(async () => {
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    target = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  });
  afterAll(() => new Promise((resolve) => silent.close(resolve)));

  test('ends with the time limit, nothing sent', async () => {
    const transport = createTransport();
    expect(await failureOf(transport.send(post(target, { timeoutMs: 80 })))).toMatchObject({
      kind: 'timeout',
      maybeSent: false,
    });
    await transport.close?.();
    for (const socket of held) await once(socket, 'close');
  });

  test('ends with the signal, nothing sent', async () => {
    const transport = createTransport();
    const controller = new AbortController();
    const sending = failureOf(transport.send(post(target, { signal: controller.signal })));
    await once(silent, 'connection');
    controller.abort();
    expect(await sending).toMatchObject({ kind: 'aborted', maybeSent: false });
    await transport.close?.();
    for (const socket of held) await once(socket, 'close');
  });

  test('ends when the server gives up the handshake, nothing sent', async () => {
    const transport = createTransport();
    const sending = failureOf(transport.send(post(target)));
    const [socket] = (await once(silent, 'connection')) as [Socket];
    socket.resetAndDestroy();
    expect(await sending).toMatchObject({ kind: 'connection', reason: 'ECONNRESET', maybeSent: false });
    await transport.close?.();
  });
});

describe('through a proxy', () => {
  test('a tunnel: the proxy sees the host, the server no proxy credentials, and the tunnel is kept', async () => {
    const proxy = await startProxy();
    const { output, ms } = await run(url, `http://user:p%40ss@127.0.0.1:${proxy.port}`);
    expect(output).toBe('200 {"secure":true}\n200 {"secure":true}\n');
    expect(ms).toBeLessThan(4_000);
    expect(proxy.heads).toHaveLength(1);
    expect(proxy.heads[0]).toMatch(new RegExp(`^CONNECT localhost:${new URL(url).port} HTTP/1.1`));
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(seen).toMatchObject([
      { authorization: undefined, proxyAuthorization: undefined, body: '{}', reused: false },
      { reused: true },
    ]);
    await proxy.close();
  });

  test('the certificate behind the tunnel is checked', async () => {
    const proxy = await startProxy();
    const transport = createTransport({ proxy: { host: '127.0.0.1', port: proxy.port } });
    expect(await failureOf(transport.send(post(url)))).toMatchObject({
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      maybeSent: false,
    });
    await transport.close?.();
    await proxy.close();
  });

  test.each([407, 502])('a tunnel refused with %i: nothing was sent', async (status) => {
    const proxy = await startProxy({ refuse: status });
    const transport = createTransport({
      proxy: { host: '127.0.0.1', port: proxy.port, auth: { username: 'u', password: 'hunter2' } },
    });
    const error = await failureOf(transport.send(post(url)));
    expect(error).toMatchObject({ kind: 'connection', reason: `PROXY_${status}`, maybeSent: false });
    await transport.close?.();
    await proxy.close();
  });

  test('a proxy that is not there, or cannot reach the server: nothing was sent', async () => {
    const proxy = await startProxy();
    const transport = createTransport({ proxy: { host: '127.0.0.1', port: proxy.port } });
    expect(await failureOf(transport.send(post('https://127.0.0.1:1/')))).toMatchObject({
      reason: 'ECONNRESET',
      maybeSent: false,
    });
    await proxy.close();
    expect(await failureOf(transport.send(post(url)))).toMatchObject({ reason: 'ECONNREFUSED', maybeSent: false });
    await transport.close?.();
  });

  test('a proxy that never answers is left when the time is up', async () => {
    const proxy = await startProxy({ hang: true });
    const transport = createTransport({ proxy: { host: '127.0.0.1', port: proxy.port } });
    expect(await failureOf(transport.send(post(url, { timeoutMs: 80 })))).toMatchObject({
      kind: 'timeout',
      maybeSent: false,
    });
    for (const socket of proxy.sockets) await once(socket, 'close');
    await transport.close?.();
    await proxy.close();
  });

  test('credentials for a plain request go to the proxy', async () => {
    const proxy = await startProxy({ refuse: 407 });
    const transport = createTransport({
      proxy: { host: '127.0.0.1', port: proxy.port, auth: { username: 'u', password: 'a:b@c' } },
    });
    expect((await transport.send(post('http://platform.test/moment?x=1'))).status).toBe(407);
    expect(proxy.heads[0]).toMatch(/^POST http:\/\/platform\.test\/moment\?x=1 HTTP\/1\.1\r\nhost: platform\.test\r\n/);
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${Buffer.from('u:a:b@c').toString('base64')}`);
    await transport.close?.();
    await proxy.close();
  });
});

describe('tls', () => {
  const ca = (): Buffer => readFileSync(cert);

  test('without it, a certificate of a private authority is refused before anything is sent', async () => {
    const transport = createTransport();
    expect(await failureOf(transport.send(post(url)))).toMatchObject({ kind: 'connection', maybeSent: false });
    await transport.close?.();
    expect(seen).toHaveLength(0);
  });

  test('ca is trusted, and an idle connection is used again', async () => {
    const transport = createTransport({ tls: { ca: [ca()] } });
    for (let i = 0; i < 2; i++) {
      expect((await transport.send(post(url))).body).toBe('{"secure":true}');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen.map(({ reused }) => reused)).toEqual([false, true]);
    await transport.close?.();
  });

  test('ca is trusted inside the tunnel of a proxy too', async () => {
    const proxy = await startProxy();
    const transport = createTransport({ proxy: `http://127.0.0.1:${proxy.port}`, tls: { ca: ca().toString() } });
    expect((await transport.send(post(url))).body).toBe('{"secure":true}');
    expect(proxy.heads[0]).toMatch(/^CONNECT localhost:/);
    await transport.close?.();
    await proxy.close();
  });

  test.each(['at once', 'in a tunnel'])('cert and key are shown to a server that asks for them, %s', async (way) => {
    const mutual = https.createServer(
      { key: readFileSync(key), cert: ca(), ca: ca(), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        request.resume().on('end', () => response.end('{"known":true}'));
      },
    );
    mutual.listen(0, '127.0.0.1');
    await once(mutual, 'listening');
    const proxy = way === 'in a tunnel' ? await startProxy() : null;
    const through = proxy === null ? {} : { proxy: { host: '127.0.0.1', port: proxy.port } };
    const target = `https://localhost:${(mutual.address() as AddressInfo).port}/`;
    const known = createTransport({ ...through, tls: { ca: ca(), cert: ca(), key: readFileSync(key) } });
    expect((await known.send(post(target))).body).toBe('{"known":true}');
    const unknown = createTransport({ ...through, tls: { ca: ca() } });
    expect(await failureOf(unknown.send(post(target)))).toMatchObject({ kind: 'connection' });
    await known.close?.();
    await unknown.close?.();
    mutual.closeAllConnections();
    await new Promise((resolve) => mutual.close(resolve));
    await proxy?.close();
  });

  test('what OpenSSL cannot use is an error of the set-up, and nothing is sent', async () => {
    const transport = createTransport({ tls: { ca: ca(), cert: 'hunter2', key: 'hunter2' } });
    const error = await transport.send(post(url)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KiipConfigError);
    expect((error as Error).message).toMatch(/^createTransport: tls cannot be used/);
    expect((error as Error).message).not.toContain('hunter2');
    await transport.close?.();
  });
});
