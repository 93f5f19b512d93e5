import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultQueue } from '../../src/sandbox/faults.js';
import { baseUrl, HostGuard } from '../../src/sandbox/http/hosts.js';
import type { Route } from '../../src/sandbox/http/route.js';
import { Router } from '../../src/sandbox/http/router.js';
import { Recorder } from '../../src/sandbox/recorder.js';
import { createSandboxServer } from '../../src/sandbox/server.js';
import { send } from './support.js';

// The rules that hold for every route, on routes of the test's own.

const route = (changes: Partial<Route> & Pick<Route, 'path' | 'handle'>): Route => ({
  method: 'POST',
  kind: () => 'page',
  faulty: false,
  recorded: true,
  sameOriginOnly: false,
  ...changes,
});

let server: Server;
let recorder: Recorder;
let url: string;

async function serve(routes: readonly Route[]): Promise<void> {
  recorder = new Recorder(100);
  server = createSandboxServer({
    hosts: new HostGuard({ host: '127.0.0.1' }),
    router: new Router(routes),
    faults: new FaultQueue(),
    recorder,
    maxBodyBytes: 1_000,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = baseUrl('127.0.0.1', (server.address() as AddressInfo).port);
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const fine = { status: 200, body: 'fine', contentType: 'text/plain', verdict: 'done' };

test('an action refuses what another site sends, and nothing happens', async () => {
  let actions = 0;
  await serve([route({ path: '/act', sameOriginOnly: true, handle: () => ((actions += 1), fine) })]);
  const from = (headers: Record<string, string>): Promise<number> =>
    send(`${url}/act`, { method: 'POST', headers }).then(({ status }) => status);
  expect(await from({ origin: 'https://evil.example' })).toBe(403);
  expect(await from({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await from({ origin: 'null' })).toBe(403);
  expect(actions).toBe(0);
  expect(await from({ origin: url, 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(await from({})).toBe(200);
  expect(recorder.requests.toArray().map(({ status }) => status)).toEqual([403, 403, 403, 200, 200]);
});

test.each<[string, Route['handle']]>([
  [
    'throws',
    () => {
      throw new Error('secret');
    },
  ],
  ['rejects', () => Promise.reject(new Error('secret'))],
])('a route that %s is answered 500 without its error', async (_, handle) => {
  await serve([route({ path: '/x', handle })]);
  const reply = await send(`${url}/x`, { method: 'POST' });
  expect(reply.status).toBe(500);
  expect(reply.text).not.toContain('secret');
  expect(recorder.requests.toArray()[0]?.verdict).toBe('failed: an error in the sandbox');
});

test('a route can answer later, by itself, or without being recorded', async () => {
  await serve([
    route({ path: '/later', handle: () => Promise.resolve(fine) }),
    route({ path: '/own', handle: ({ response }) => (response.end('own'), null) }),
    route({ path: '/quiet', recorded: false, handle: () => fine }),
  ]);
  const texts = await Promise.all(
    ['/later', '/own', '/quiet'].map(async (path) => (await send(url + path, { method: 'POST' })).text),
  );
  expect(texts).toEqual(['fine', 'own', 'fine']);
  expect(recorder.requests.toArray().map(({ path }) => path)).toEqual(['/later']);
});

test('patterns hand on decoded groups; HEAD counts as GET; wrong methods are told the right ones', async () => {
  const seen: (readonly string[])[] = [];
  const handle: Route['handle'] = ({ params }) => (seen.push(params), fine);
  await serve([
    route({ method: 'GET', path: /^\/a\/([^/]+)$/, handle }),
    route({ path: /^\/a\/([^/]+)$/, handle }),
    route({ method: 'GET', path: '/b', handle }),
  ]);
  expect((await send(`${url}/a/x%20y`)).text).toBe('fine');
  expect((await send(`${url}/a/%zz`)).text).toBe('fine');
  expect(await send(`${url}/b`, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  expect(seen).toEqual([['x y'], ['%zz'], []]);
  expect(await send(`${url}/a/1`, { method: 'DELETE' })).toMatchObject({
    status: 405,
    headers: { allow: 'GET, POST' },
  });
  expect(await send(`${url}/b`, { method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
});

test('the address to reach a server by', async () => {
  await serve([]);
  expect(baseUrl('0.0.0.0', 1)).toBe('http://127.0.0.1:1');
  expect(baseUrl('::', 1)).toBe('http://[::1]:1');
  expect(baseUrl('localhost', 1)).toBe('http://localhost:1');
});
