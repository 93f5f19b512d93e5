import type { IncomingMessage } from 'node:http';
import { HostGuard } from '../../src/sandbox/http/hosts.js';
import { closeAll, moment, MOMENT_PATH, post, sandboxWith, send } from './support.js';

afterEach(closeAll);

describe('the Host header (DNS rebinding)', () => {
  test.each([
    ['localhost', 200],
    ['LOCALHOST:1234', 200],
    ['127.0.0.1', 200],
    ['[::1]:80', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example:80', 403],
    ['192.168.0.1', 403],
  ])('%p → %p', async (host, status) => {
    const sandbox = await sandboxWith();
    expect((await post(sandbox.url + MOMENT_PATH, moment(), { host })).status).toBe(status);
    expect((await send(`${sandbox.url}/v1/script.js`, { headers: { host } })).status).toBe(status);
    if (status === 403) expect(sandbox.requests[0]?.verdict).toMatch(/^rejected: the sandbox does not know this Host/);
    expect(sandbox.rewards).toHaveLength(status === 200 ? 1 : 0);
  });

  test('names can be allowed', async () => {
    const sandbox = await sandboxWith({ allowedHosts: ['kiip-sandbox'] });
    expect((await post(sandbox.url + MOMENT_PATH, moment(), { host: 'kiip-sandbox:4000' })).status).toBe(200);
  });

  test('listening everywhere has to be asked for, and then the own address is a good Host', async () => {
    const sandbox = await sandboxWith({ host: '0.0.0.0' });
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { port } = new URL(sandbox.url);
    expect((await post(`http://127.0.0.2:${port}${MOMENT_PATH}`, moment())).status).toBe(200);
    expect((await post(sandbox.url + MOMENT_PATH, moment(), { host: 'evil.example' })).status).toBe(403);
  });

  test('IPv6', async () => {
    const sandbox = await sandboxWith({ host: '::1' });
    expect(sandbox.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await post(sandbox.url + MOMENT_PATH, moment())).status).toBe(200);
  });
});

test.each<[string, Record<string, string>, boolean]>([
  ['a program', {}, false],
  ['the own page', { origin: 'http://127.0.0.1:80', 'sec-fetch-site': 'same-origin' }, false],
  ['the address bar', { 'sec-fetch-site': 'none' }, false],
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, true],
  ['another port', { 'sec-fetch-site': 'same-site' }, true],
  ['another port, in a browser without Sec-Fetch-Site', { origin: 'http://127.0.0.1:81' }, true],
  ['an opaque origin', { origin: 'null' }, true],
])('cross-site: %s', (_, headers, expected) => {
  const guard = new HostGuard({ host: '127.0.0.1' });
  expect(guard.isCrossSite({ headers: { host: '127.0.0.1:80', ...headers } } as unknown as IncomingMessage)).toBe(
    expected,
  );
});
