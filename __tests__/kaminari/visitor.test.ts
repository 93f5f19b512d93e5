import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { serve as serveHono } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import express, { type Express } from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { KaminariClient, visitorFromRequest, type PageLocals, type TrustProxy, type Visitor } from 'kiip-s2s/kaminari';
import { KiipConfigError, KiipValidationError } from '../../src/errors/index.js';
import { startKaminari } from './kaminari-server.js';

type Frameworks = 'express 5' | 'express 4' | 'fastify' | 'koa' | 'node' | 'hono';
type Read = (trustProxy: TrustProxy | undefined) => Promise<{ port: number; seen: Visitor[]; close(): Promise<void> }>;

const listening = (server: {
  listen(port: number, host: string, ready: () => void): { address(): unknown };
}): Promise<number> =>
  new Promise((resolve) => {
    const running = server.listen(0, '127.0.0.1', () => resolve((running.address() as AddressInfo).port));
  });

async function onExpress(app: Express, trustProxy: TrustProxy | undefined): ReturnType<Read> {
  const seen: Visitor[] = [];
  app.get('/', (req, res) => {
    seen.push(visitorFromRequest(req, { trustProxy }));
    res.send('page');
  });
  const server = createServer(app);
  return { port: await listening(server), seen, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

const FRAMEWORKS: Record<Frameworks, Read> = {
  'express 5': (trustProxy) => onExpress(express(), trustProxy),
  'express 4': (trustProxy) => onExpress(jest.requireActual<typeof express>('express4')(), trustProxy),
  fastify: async (trustProxy) => {
    const seen: Visitor[] = [];
    const app = Fastify();
    app.get('/', (request) => {
      seen.push(visitorFromRequest(request, { trustProxy }));
      return 'page';
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as AddressInfo).port, seen, close: () => app.close() };
  },
  koa: async (trustProxy) => {
    const seen: Visitor[] = [];
    const app = new Koa();
    app.use((ctx) => {
      seen.push(visitorFromRequest(ctx, { trustProxy }));
      expect(visitorFromRequest(ctx.request, { trustProxy })).toEqual(seen.at(-1));
      ctx.body = 'page';
    });
    const server = createServer(app.callback());
    return {
      port: await listening(server),
      seen,
      close: () => new Promise((resolve) => server.close(() => resolve())),
    };
  },
  node: async (trustProxy) => {
    const seen: Visitor[] = [];
    const server = createServer((request, response) => {
      seen.push(visitorFromRequest(request, { trustProxy }));
      response.end('page');
    });
    return {
      port: await listening(server),
      seen,
      close: () => new Promise((resolve) => server.close(() => resolve())),
    };
  },
  hono: async (trustProxy) => {
    const seen: Visitor[] = [];
    const app = new Hono();
    app.get('/', (c) => {
      seen.push(visitorFromRequest(c.req.raw, { trustProxy, ip: getConnInfo(c).remote.address }));
      return c.text('page');
    });
    return new Promise((resolve) => {
      const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve({ port, seen, close: () => new Promise((done) => server.close(() => done())) }),
      );
    });
  },
};

/** Headers as bytes, so that nothing on our side tidies them up. */
const request = (port: number, lines: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1', () => {
      socket.end(
        Buffer.from(['GET / HTTP/1.1', 'Host: shop', 'Connection: close', ...lines, '', ''].join('\r\n'), 'latin1'),
      );
    });
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });

const SPOOFED = [
  'X-Forwarded-For: 6.6.6.6',
  'X-Real-IP: 7.7.7.7',
  'X-Original-Ip: 8.8.8.8',
  'Forwarded: for=9.9.9.9',
  'X-Client-IP: 9.9.9.9',
  'CF-Connecting-IP: 9.9.9.9',
  'Cookie: session=secret',
  'Authorization: Bearer secret',
  'Proxy-Authorization: Basic secret',
  'User-Agent: Visitor/1.0',
  'Accept-Language: en',
  'Referer: https://test.com/',
  'Sec-CH-UA: "A";v="1"',
  'Sec-CH-UA: "B";v="2"',
  'DPR: 2',
  'X-Custom: secret',
];

describe.each(Object.entries(FRAMEWORKS))('%s', (_name, start) => {
  test('a visitor cannot choose his address, and only the listed headers are read', async () => {
    const server = await start(undefined);
    await request(server.port, SPOOFED);
    await server.close();
    expect(server.seen).toEqual([
      {
        ip: '127.0.0.1',
        forwardedFor: '127.0.0.1',
        headers: {
          'user-agent': 'Visitor/1.0',
          'accept-language': 'en',
          referer: 'https://test.com/',
          'sec-ch-ua': '"A";v="1", "B";v="2"',
          dpr: '2',
        },
      },
    ]);
  });

  test('with the proxy trusted, the chain from the visitor to it counts; what the visitor put before it does not', async () => {
    const server = await start('loopback, 10.0.0.0/8');
    await request(server.port, [
      'X-Forwarded-For: 6.6.6.6, 203.0.113.9',
      'X-Forwarded-For: 10.1.2.3',
      'X-Real-IP: 203.0.113.9',
      'X-Original-Ip: 8.8.8.8',
    ]);
    await server.close();
    expect(server.seen).toEqual([{ ip: '203.0.113.9', forwardedFor: '203.0.113.9, 10.1.2.3, 127.0.0.1', headers: {} }]);
  });
});

describe('on the wire', () => {
  test('spoofed headers do not get through the middleware to Kaminari', async () => {
    const kaminari = await startKaminari();
    const client = new KaminariClient({ kmnrKey: 'k', baseUrl: kaminari.url });
    const app = express();
    app.get('/', client.middleware(), (_req, res) => void res.send((res.locals['kaminari'] as PageLocals).scriptTag));
    const server = createServer(app);
    const port = await listening(server);
    await request(port, SPOOFED);
    await kaminari.reached(1);
    await client.close();
    await new Promise((resolve) => server.close(resolve));
    await kaminari.close();
    const sent = kaminari.received[0]!;
    expect(sent.headers).toMatchObject({
      'x-original-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'user-agent': 'Visitor/1.0',
    });
    expect(JSON.stringify(sent)).not.toMatch(/secret|[6-9]\.[6-9]\.[6-9]\.[6-9]/);
  });
});

describe('trustProxy', () => {
  const visitor = (forwardedFor: string, trustProxy: TrustProxy | undefined, remoteAddress = '10.0.0.1'): Visitor =>
    visitorFromRequest({ headers: { 'x-forwarded-for': forwardedFor }, socket: { remoteAddress } }, { trustProxy });

  test.each<[TrustProxy | undefined, string]>([
    [undefined, '10.0.0.1'],
    [false, '10.0.0.1'],
    [0, '10.0.0.1'],
    [1, '3.3.3.3'],
    [2, '2.2.2.2'],
    [9, '1.1.1.1'],
    [true, '1.1.1.1'],
    [[], '10.0.0.1'],
    ['loopback', '10.0.0.1'],
    ['uniquelocal', '3.3.3.3'],
    ['10.0.0.1', '3.3.3.3'],
    ['10.0.0.0/8, 3.3.3.3', '2.2.2.2'],
    [['10.0.0.1', '3.3.3.3', '2.2.2.2'], '1.1.1.1'],
    [(address, hop) => hop === 0 && address === '10.0.0.1', '3.3.3.3'],
  ])('%p: %s, the same as Express', async (trustProxy, expected) => {
    const { ip, forwardedFor } = visitor('1.1.1.1, 2.2.2.2, 3.3.3.3', trustProxy);
    expect(ip).toBe(expected);
    const chain = ['1.1.1.1', '2.2.2.2', '3.3.3.3', '10.0.0.1'];
    expect(forwardedFor).toBe(chain.slice(chain.indexOf(expected)).join(', '));
    const app = express();
    app.set('trust proxy', trustProxy ?? false);
    const theirs = Object.create(app.request, {
      app: { value: app },
      headers: { value: { 'x-forwarded-for': '1.1.1.1, 2.2.2.2, 3.3.3.3' } },
      socket: { value: { remoteAddress: '10.0.0.1' } },
    }) as express.Request;
    expect(theirs.ip).toBe(expected);
  });

  test.each([[''], ['nonsense'], [['10.0.0.1', 'x/99']], [-1], [1.5], [{}], [null]])('%p is refused', (trustProxy) => {
    expect(() => visitor('', trustProxy as TrustProxy)).toThrow(KiipConfigError);
    const client = new KaminariClient({ kmnrKey: 'k' });
    expect(() => client.middleware({ trustProxy: trustProxy as TrustProxy })).toThrow(/trustProxy/);
  });

  test('what proxies really write: ports, brackets, mapped addresses, zones, words', () => {
    expect(visitor('203.0.113.9:4711', 1)).toMatchObject({ ip: '203.0.113.9', forwardedFor: '203.0.113.9, 10.0.0.1' });
    expect(visitor('[2001:db8::1]:443', 1).ip).toBe('2001:db8::1');
    expect(visitor('[2001:db8::1]', 1).ip).toBe('2001:db8::1');
    expect(visitor('::ffff:203.0.113.9', 1).ip).toBe('203.0.113.9');
    expect(visitor('::ffff:cb00:7109', 1).ip).toBe('203.0.113.9');
    expect(visitor('', undefined, '::ffff:203.0.113.9')).toMatchObject({
      ip: '203.0.113.9',
      forwardedFor: '203.0.113.9',
    });
    expect(visitor('', undefined, 'fe80::1%eth0').ip).toBe('fe80::1');
    expect(visitor('unknown', 1)).toMatchObject({ ip: '10.0.0.1', forwardedFor: '10.0.0.1' });
    expect(visitor('6.6.6.6, _hidden, 3.3.3.3', true)).toMatchObject({
      ip: '3.3.3.3',
      forwardedFor: '3.3.3.3, 10.0.0.1',
    });
    expect(visitor(', ,', 1).ip).toBe('10.0.0.1');
    for (const odd of ['0x7f.1', '2130706433', '1.1', '1.1.1.1 2.2.2.2', "1.1.1.1';--", '1.1.1.1\r\nx: y'])
      expect(visitor(odd, true).ip).toBe('10.0.0.1');
  });

  test('a visitor cannot make the server work hard with a long X-Forwarded-For', () => {
    const long = '1.1.1.1,'.repeat(2_000);
    const trust = jest.fn((address: string) => address === '10.0.0.1');
    expect(visitor(`${long}3.3.3.3`, trust)).toEqual({ ip: '3.3.3.3', forwardedFor: '3.3.3.3, 10.0.0.1', headers: {} });
    expect(visitor(',3.3.3.3' + ' ,'.repeat(8_000), trust).ip).toBe('3.3.3.3');
    expect(trust.mock.calls.length).toBeLessThan(10);
    // Nobody is trusted: what is written there is not even looked at.
    const read = jest.spyOn(String.prototype, 'split');
    expect(visitor(long, undefined).ip).toBe('10.0.0.1');
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  test('X-Real-IP is never read, whoever sent it', () => {
    for (const trustProxy of [false, '10.0.0.1', true])
      expect(
        visitorFromRequest(
          { headers: { 'x-real-ip': '6.6.6.6' }, socket: { remoteAddress: '10.0.0.1' } },
          { trustProxy },
        ),
      ).toEqual({ ip: '10.0.0.1', forwardedFor: '10.0.0.1', headers: {} });
  });

  test('misspelt options are refused', () => {
    const wrong = { trustproxy: 1, ip: 5 } as object;
    expect(() => visitorFromRequest({ headers: {} }, wrong)).toThrow(/ip .*trustproxy .*did you mean trustProxy/);
  });
});

describe('requests of all kinds', () => {
  test('a fetch Request, with and without knowing who connected', () => {
    const headers = { 'X-Forwarded-For': '6.6.6.6, 203.0.113.9', 'User-Agent': 'V', Cookie: 'a=b' };
    const fetched = new Request('http://shop/', { headers });
    expect(visitorFromRequest(fetched)).toEqual({ ip: '', forwardedFor: '', headers: { 'user-agent': 'V' } });
    expect(visitorFromRequest(fetched, { ip: '::ffff:10.0.0.1' })).toMatchObject({
      ip: '10.0.0.1',
      forwardedFor: '10.0.0.1',
    });
    expect(visitorFromRequest(fetched, { ip: '10.0.0.1', trustProxy: '10.0.0.1' })).toMatchObject({
      ip: '203.0.113.9',
      forwardedFor: '203.0.113.9, 10.0.0.1',
    });
    expect(visitorFromRequest(fetched, { trustProxy: 1 })).toMatchObject({
      ip: '203.0.113.9',
      forwardedFor: '203.0.113.9',
    });
    expect(visitorFromRequest(fetched, { ip: 'nobody' }).ip).toBe('');
  });

  test.each([undefined, null, {}, 'request', { headers: null }])('%p is no request', (request) => {
    expect(() => visitorFromRequest(request as never)).toThrow(KiipValidationError);
  });

  test('a node request whose address is given counts as that', () => {
    const request = { headers: {}, socket: { remoteAddress: '10.0.0.1' } };
    expect(visitorFromRequest(request, { ip: '203.0.113.9' })).toEqual({
      ip: '203.0.113.9',
      forwardedFor: '203.0.113.9',
      headers: {},
    });
    expect(visitorFromRequest({ headers: {}, socket: null }).ip).toBe('');
    expect(visitorFromRequest({ headers: {} }).ip).toBe('');
  });

  test('repeated headers, and values that no header can carry', () => {
    const { headers } = visitorFromRequest({
      headers: {
        'accept-language': ['en', 'uk'],
        referer: ['https://a/', 'https://b/'],
        'user-agent': 'V\r\nx-original-ip: 6.6.6.6',
        dpr: '2\u0000',
        'viewport-width': '9\u2028',
        'device-memory': [],
        'sec-ch-ua-model': '"Ünïcode"',
        cookie: 'a=b',
      },
    });
    expect(headers).toEqual({ 'accept-language': 'en, uk', referer: 'https://a/', 'sec-ch-ua-model': '"Ünïcode"' });
  });
});
