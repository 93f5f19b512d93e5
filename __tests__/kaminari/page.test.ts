import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import Fastify from 'fastify';
import { CLIENT_HINTS, KaminariClient, type Impression, type PageLocals } from 'kiip-s2s/kaminari';
import { KiipConfigError, KiipValidationError } from '../../src/errors/index.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith, freePort } from '../support/services.js';
import { listen, startKaminari, stop, type KaminariServer } from './kaminari-server.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of open.splice(0).reverse()) await close();
});

async function kaminariAt(
  answer?: Parameters<typeof startKaminari>[0],
): Promise<{ kaminari: KaminariServer; client: KaminariClient }> {
  const kaminari = await startKaminari(answer);
  const client = new KaminariClient({ kmnrKey: 'k', baseUrl: kaminari.url });
  open.push(
    () => kaminari.close(),
    () => client.close({ graceMs: 0 }),
  );
  return { kaminari, client };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const url = await listen(server);
  open.push(() => stop(server));
  return url;
}

const fetchPage = (
  url: string,
  headers: Record<string, string> = {},
): Promise<{ message: IncomingMessage; body: string }> =>
  new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (message) => {
      let body = '';
      message.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve({ message, body }));
    }).on('error', reject);
  });

const localsOf = (response: { locals?: unknown }): PageLocals => (response.locals as { kaminari: PageLocals }).kaminari;

test.each([
  ['express 5', express],
  ['express 4', jest.requireActual<typeof express>('express4')],
])(
  '%s: locals for the page, hints asked for besides what the site asks for, one ping with the same id',
  async (_name, framework) => {
    const { kaminari, client } = await kaminariAt();
    const app = framework();
    app.use((_req, res, next) => {
      res.setHeader('Accept-CH', 'Sec-CH-Prefers-Color-Scheme, dpr');
      res.locals['theirs'] = 1;
      res.locals['cspNonce'] = 'bm9uY2U=';
      next();
    });
    const options = {
      subs: (req: express.Request) => ({ sub1: req.query['campaign'], sub2: ['not', 'a string'], sub11: 'no such' }),
      nonce: (_req: express.Request, res: { locals?: Record<string, unknown> }) => res.locals?.['cspNonce'],
      skip: (req: express.Request) => req.path === '/health',
    };
    app.use(client.middleware(options));
    app.get('/health', (_req, res) => void res.json(res.locals));
    app.get('/', (_req, res) => void res.json({ ...res.locals }));
    const url = await serve(app);
    const { message, body } = await fetchPage(`${url}/?campaign=spring`, {
      'user-agent': 'V',
      'accept-language': 'en',
      cookie: 'a=b',
    });
    const { theirs, kaminari: page } = JSON.parse(body) as { theirs: number; kaminari: PageLocals };
    expect(theirs).toBe(1);
    expect(Object.keys(page)).toEqual(['kmnrId', 'scriptTag']);
    expect(page.kmnrId).toMatch(/^[0-9a-f]{32}$/);
    expect(page.scriptTag).toBe(
      client.scriptTag({ kmnrId: page.kmnrId, subs: { sub1: 'spring' } }, { nonce: 'bm9uY2U=' }),
    );
    expect(message.headers['accept-ch']).toBe(
      'Sec-CH-Prefers-Color-Scheme, dpr, Sec-CH-UA, Sec-CH-UA-Arch, Sec-CH-UA-Full-Version, Sec-CH-UA-Mobile, Sec-CH-UA-Model, Sec-CH-UA-Platform, Sec-CH-UA-Platform-Version, Device-Memory, Viewport-Width',
    );
    const health = await fetchPage(`${url}/health`);
    expect(JSON.parse(health.body)).not.toHaveProperty('kaminari');
    await kaminari.reached(1);
    expect(kaminari.received.map(({ fields }) => fields)).toEqual([
      { kmnrKey: 'k', kmnrId: page.kmnrId, sub1: 'spring' },
    ]);
  },
);

test('plain node and connect: locals are made', async () => {
  const { kaminari, client } = await kaminariAt();
  const middleware = client.middleware();
  const url = await serve((request, response) =>
    middleware(request, response, () => response.end(localsOf(response as { locals?: unknown }).kmnrId)),
  );
  const { message, body } = await fetchPage(url);
  expect(message.headers['accept-ch']).toBe(CLIENT_HINTS);
  await kaminari.reached(1);
  expect(kaminari.received[0]?.fields['kmnrId']).toBe(body);
});

test('fastify: the same as a hook', async () => {
  const { kaminari, client } = await kaminariAt();
  const app = Fastify();
  open.push(() => app.close());
  app.get('/', { onRequest: client.fastifyHook({ subs: () => ({ sub1: 'x' }) }) }, (_request, reply) => {
    const { kmnrId, scriptTag } = localsOf(reply as { locals?: unknown });
    return { kmnrId, scriptTag };
  });
  app.get('/with-locals', {
    onRequest: [async (_request, reply) => void Object.assign(reply, { locals: { theirs: 1 } }), client.fastifyHook()],
    handler: (_request, reply) => ({ ...(reply as unknown as { locals: object }).locals }),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const { message, body } = await fetchPage(url);
  const page = JSON.parse(body) as PageLocals;
  expect(page.scriptTag).toBe(client.scriptTag({ kmnrId: page.kmnrId, subs: { sub1: 'x' } }));
  expect(message.headers['accept-ch']).toBe(CLIENT_HINTS);
  expect(JSON.parse((await fetchPage(`${url}/with-locals`)).body)).toMatchObject({
    theirs: 1,
    kaminari: { kmnrId: expect.any(String) },
  });
  await kaminari.reached(2);
  expect(kaminari.received[0]?.fields).toEqual({ kmnrKey: 'k', kmnrId: page.kmnrId, sub1: 'x' });
});

test('fetch: page() gives the script and the headers', async () => {
  const { kaminari, client } = await kaminariAt();
  const request = new Request('http://shop/?a=1', { headers: { 'user-agent': 'V', 'accept-language': 'en' } });
  const page = client.page(request, {
    ip: '203.0.113.9',
    subs: (given) => ({ sub1: new URL(given.url).searchParams.get('a') }),
    nonce: 'bg==',
  });
  expect(page).toEqual({
    kmnrId: expect.stringMatching(/^[0-9a-f]{32}$/),
    scriptTag: client.scriptTag({ kmnrId: page.kmnrId, subs: { sub1: '1' } }, { nonce: 'bg==' }),
    headers: { 'accept-ch': CLIENT_HINTS },
  });
  const critical = client.page(request, { criticalHints: true, cnvId: 'c-1', onResponse: 'told' });
  expect(critical.headers).toEqual({ 'accept-ch': CLIENT_HINTS, 'critical-ch': CLIENT_HINTS });
  expect(critical.scriptTag).toBe(client.scriptTag({ kmnrId: critical.kmnrId }, { cnvId: 'c-1', onResponse: 'told' }));
  const wrong = { trustproxy: 1, trustProxy: 'nonsense', onResponse: 'a b', criticalHints: 1, deliver: 1 } as object;
  expect(() => client.page(request, wrong)).toThrow(KiipValidationError);
  expect(() => client.page(request, wrong)).toThrow(
    /deliver .*onResponse .*criticalHints .*did you mean trustProxy.*trustProxy must be/,
  );
  await kaminari.reached(2);
  expect(kaminari.received[0]).toMatchObject({
    fields: { kmnrId: page.kmnrId, sub1: '1' },
    headers: { 'x-original-ip': '203.0.113.9', 'user-agent': 'V' },
  });
});

test("deliver: the impression goes to the caller's own queue instead", async () => {
  const { kaminari, client } = await kaminariAt();
  const handed: Impression[] = [];
  const page = client.page(new Request('http://shop/', { headers: { cookie: 'a=b' } }), {
    deliver: (impression) => handed.push(impression),
  });
  expect(handed).toEqual([{ kmnrId: page.kmnrId, subs: {}, visitor: { ip: '', forwardedFor: '', headers: {} } }]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(kaminari.received).toEqual([]);
});

test.each<[string, Parameters<KaminariClient['middleware']>[0]]>([
  ['subs throws', { subs: () => fail() }],
  ['subs returns nonsense', { subs: () => 'nonsense' as never }],
  ['skip throws', { skip: () => fail() }],
  ['ip throws', { ip: () => fail() }],
  ['nonce throws', { nonce: () => fail() }],
  ['nonce is nonsense', { nonce: () => '"><script>' }],
  ['cnvId throws', { cnvId: () => fail() }],
  ['cnvId is nonsense', { cnvId: () => '' }],
  ['trustProxy throws', { trustProxy: () => fail() }],
  ['deliver throws', { deliver: () => fail() }],
  ['deliver rejects', { deliver: async () => fail() }],
])('the page goes out when %s', async (_name, options) => {
  const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const { client } = await kaminariAt();
  const middleware = client.middleware(options);
  const url = await serve((request, response) => {
    // A proxy's header, so that a trust function has something to decide.
    middleware(request, response, (error) =>
      response.end(error === undefined ? localsOf(response as { locals?: unknown }).scriptTag : 'broken'),
    );
  });
  for (let i = 0; i < 2; i++) {
    const { message, body } = await fetchPage(url, { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' });
    expect(message.statusCode).toBe(200);
    expect(body).toMatch(/^<script>window\.kmnr=\{"kmnrKey":"k","kmnrId":"[0-9a-f]{32}"\}/);
  }
  expect(warn.mock.calls.length).toBeLessThanOrEqual(1);
  expect(JSON.stringify(warn.mock.calls)).not.toContain('from the caller');
});

function fail(): never {
  throw new Error('from the caller');
}

test('a response whose headers are out already does not break either', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const { client } = await kaminariAt();
  const middleware = client.middleware();
  const url = await serve((request, response) => {
    response.writeHead(200).flushHeaders();
    middleware(request, response, () => response.end(localsOf(response as never).kmnrId));
  });
  expect((await fetchPage(url)).body).toMatch(/^[0-9a-f]{32}$/);
  expect(warn).toHaveBeenCalledTimes(1);
});

test('functions that return a promise where an answer is needed: the page goes out, their failure ends nothing', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const { kaminari, client } = await kaminariAt();
    const late = async (): Promise<never> => fail();
    for (const name of ['subs', 'skip', 'ip', 'nonce'] as const) {
      const middleware = client.middleware({ [name]: late as never });
      const url = await serve((request, response) =>
        middleware(request, response, () => response.end(localsOf(response as never).kmnrId)),
      );
      expect((await fetchPage(url)).body).toMatch(/^[0-9a-f]{32}$/);
    }
    await kaminari.reached(4);
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  expect(unhandled).not.toHaveBeenCalled();
  expect(warn.mock.calls.map(([text]) => text)).toEqual(
    ['subs', 'skip', 'ip', 'nonce'].map((name) => expect.stringContaining(`given as ${name} returned a promise`)),
  );
});

test.each([null, undefined])('a nonce of %p is none', async (nonce) => {
  const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const { client } = await kaminariAt();
  const middleware = client.middleware({ nonce: () => nonce });
  const url = await serve((request, response) =>
    middleware(request, response, () => response.end(localsOf(response as never).scriptTag)),
  );
  expect((await fetchPage(url)).body).toMatch(/^<script>/);
  expect(warn).not.toHaveBeenCalled();
});

test('wrong options are refused where the middleware is mounted, all at once', async () => {
  const { client } = await kaminariAt();
  const wrong = { trustproxy: 1, trustProxy: 'nonsense', subs: { sub1: 'x' }, skip: true, deliver: null } as never;
  for (const name of ['middleware', 'fastifyHook'] as const) {
    const mount = (): unknown => client[name](wrong);
    expect(mount).toThrow(KiipConfigError);
    expect(mount).toThrow(`KaminariClient.${name}`);
    expect(mount).toThrow(/subs .*skip .*deliver .*trustproxy .*trustProxy must be/);
  }
});

test('with Kaminari down, pages go out and close() ends what is pending', async () => {
  const client = new KaminariClient({ kmnrKey: 'k', baseUrl: `http://127.0.0.1:${await freePort()}` });
  const middleware = client.middleware();
  const url = await serve((request, response) => middleware(request, response, () => response.end('page')));
  for (let i = 0; i < 5; i++) expect((await fetchPage(url)).body).toBe('page');
  await expect(client.close({ graceMs: 20 })).resolves.toEqual({ delivered: 0, abandoned: 5 });
  expect((await fetchPage(url)).body).toBe('page');
});

test('criticalHints, cnvId and onResponse through the middleware', async () => {
  const { client } = await kaminariAt();
  const middleware = client.middleware({ criticalHints: true, cnvId: () => 'c-1', onResponse: 'told' });
  const url = await serve((request, response) => {
    response.setHeader('Critical-CH', 'Sec-CH-Prefers-Color-Scheme');
    middleware(request, response, () => response.end(JSON.stringify(localsOf(response as never))));
  });
  const { message, body } = await fetchPage(url);
  expect(message.headers['critical-ch']).toBe(`Sec-CH-Prefers-Color-Scheme, ${CLIENT_HINTS}`);
  const { kmnrId, scriptTag } = JSON.parse(body) as PageLocals;
  expect(scriptTag).toBe(client.scriptTag({ kmnrId }, { cnvId: 'c-1', onResponse: 'told' }));
});

describeWith('chromium', 'client hints in a real browser', () => {
  test('criticalHints: the first view that is shown carries them', async () => {
    const { kaminari, client } = await kaminariAt();
    const middleware = client.middleware({
      criticalHints: true,
      skip: (request: IncomingMessage) => request.url !== '/',
    });
    const url = (
      await serve((request, response) =>
        middleware(request, response, () => {
          response.setHeader('content-type', 'text/html; charset=utf-8');
          const locals = (response as { locals?: { kaminari?: PageLocals } }).locals;
          response.end(`<!doctype html><title>page</title><p>${locals?.kaminari?.kmnrId ?? ''}</p>`);
        }),
      )
    ).replace('127.0.0.1', 'localhost');
    const browser = await launchChromium();
    let shown: string | null;
    try {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${url}/`);
      shown = await page.textContent('p');
      await kaminari.reached(2);
    } finally {
      await browser.close();
    }
    const ping = kaminari.received.find(({ fields }) => fields['kmnrId'] === shown);
    expect(ping?.headers).toHaveProperty('sec-ch-ua-arch', expect.stringMatching(/./));
    expect(ping?.headers).toHaveProperty('viewport-width', expect.stringMatching(/^\d+$/));
  });

  test("the first visit asks, the second visit's ping carries them", async () => {
    const { kaminari, client } = await kaminariAt();
    const middleware = client.middleware({ skip: (request: IncomingMessage) => request.url !== '/' });
    const url = (
      await serve((request, response) =>
        middleware(request, response, () => {
          response.setHeader('content-type', 'text/html; charset=utf-8');
          response.end(`<!doctype html><title>page</title>`);
        }),
      )
    ).replace('127.0.0.1', 'localhost');
    const browser = await launchChromium();
    try {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${url}/`);
      await page.goto(`${url}/`);
      await kaminari.reached(2);
    } finally {
      await browser.close();
    }
    const [first, second] = kaminari.received.filter(({ path }) => path === '/v2/ping');
    for (const visit of [first!, second!]) {
      expect(visit.headers['user-agent']).toContain('Chrome');
      expect(visit.headers['accept-language']).toMatch(/^en/);
    }
    const onlyAskedFor = [
      'sec-ch-ua-arch',
      'sec-ch-ua-model',
      'sec-ch-ua-platform-version',
      'sec-ch-ua-full-version',
      'device-memory',
      'dpr',
      'viewport-width',
    ];
    for (const name of onlyAskedFor) {
      expect(first!.headers).not.toHaveProperty(name);
      expect(second!.headers).toHaveProperty(name, expect.stringMatching(/./));
    }
    for (const name of ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform'])
      expect(second!.headers).toHaveProperty(name);
  });
});
