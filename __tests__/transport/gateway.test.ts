import { KiipConfigError } from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import axios from 'axios';
import { post } from './contract.js';
import { startProxy, type TestProxy } from './proxy.js';
import { answer, startWire, type Wire } from './wire.js';

let wire: Wire;
let proxy: TestProxy;
beforeAll(async () => {
  wire = await startWire(({ socket }) => socket.write(answer()));
  proxy = await startProxy();
});
beforeEach(() => {
  wire.arrivals.length = 0;
  proxy.heads.length = 0;
});
afterAll(async () => {
  await wire.close();
  await proxy.close();
});

describe.each([
  ['the default engine', {}],
  ['an axios instance', { axios: axios.create() }],
])('headers, through %s', (_, way) => {
  test('extra ones are sent, in any case; ours are not replaced', async () => {
    const transport = createTransport({
      ...way,
      headers: { 'X-Gateway-Key': 'k', 'Content-Type': 'text/plain', 'x-SECRET': 'theirs', cookie: 'a=1' },
    });
    await transport.send(post(wire.url));
    expect(wire.arrivals[0]?.headers).toMatchObject({
      'x-gateway-key': 'k',
      cookie: 'a=1',
      'content-type': 'application/json',
      'x-secret': post('').headers['x-secret'],
    });
    await transport.close?.();
  });
});

describe("proxy: 'env'", () => {
  const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
  const kept = { ...process.env };
  const forget = (): void => {
    for (const name of NAMES) {
      delete process.env[name];
      delete process.env[name.toLowerCase()];
    }
  };
  beforeEach(forget);
  afterAll(() => {
    forget();
    Object.assign(process.env, kept);
  });

  const send = async (url = wire.url): Promise<unknown> => {
    const transport = createTransport({ proxy: 'env' });
    try {
      return await transport.send(post(url)).catch((error: unknown) => error);
    } finally {
      await transport.close?.();
    }
  };

  test.each<[string, () => Record<string, string>, number]>([
    ['a URL', () => ({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}` }), 1],
    ['in lower case', () => ({ http_proxy: `http://127.0.0.1:${proxy.port}/` }), 1],
    ['without a scheme', () => ({ HTTP_PROXY: `127.0.0.1:${proxy.port}` }), 1],
    [
      'in upper case, with an empty one in lower case',
      () => ({ http_proxy: '', HTTP_PROXY: `127.0.0.1:${proxy.port}` }),
      1,
    ],
    ['blank', () => ({ HTTP_PROXY: ' ', ALL_PROXY: '\t' }), 0],
    ['for everything', () => ({ ALL_PROXY: `127.0.0.1:${proxy.port}` }), 1],
    ['empty', () => ({ HTTP_PROXY: '', NO_PROXY: '' }), 0],
    ['not set', () => ({}), 0],
    ['for other targets', () => ({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }), 0],
    ['but not for this host', () => ({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '127.0.0.1' }), 0],
    ['but for nothing', () => ({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, no_proxy: '*' }), 0],
  ])('%s', async (_, variables, proxied) => {
    Object.assign(process.env, variables());
    expect(await send()).toMatchObject({ status: 200 });
    expect(proxy.heads).toHaveLength(proxied);
    expect(wire.arrivals).toHaveLength(1);
  });

  test('https: targets go through a tunnel, also for a value without a scheme', async () => {
    process.env['HTTPS_PROXY'] = `127.0.0.1:${proxy.port}`;
    // The wire speaks no TLS: what matters is who was asked for what.
    await send(wire.url.replace('http:', 'https:'));
    expect(proxy.heads[0]).toMatch(/^CONNECT 127\.0\.0\.1:/);
  });

  test('credentials reach the proxy alone', async () => {
    process.env['HTTP_PROXY'] = `http://user:p%40ss@127.0.0.1:${proxy.port}`;
    await send();
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });

  test('a proxy of another kind is an error of the set-up that does not repeat it', async () => {
    process.env['HTTP_PROXY'] = 'socks5://user:hunter2@127.0.0.1:1080';
    const error = await send();
    expect(error).toBeInstanceOf(KiipConfigError);
    expect((error as Error).message).not.toContain('hunter2');
    expect(wire.arrivals).toHaveLength(0);
  });
});
