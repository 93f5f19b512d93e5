import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import axios from 'axios';
import {
  KaminariClient,
  visitorFromRequest,
  type KaminariClientOptions,
  type KaminariHooks,
  type PingResult,
} from 'kiip-s2s/kaminari';
import { KiipConfigError, KiipValidationError } from '../../src/errors/index.js';
import { createTransport, type Transport } from '../../src/transport/index.js';
import { startClock } from '../support/clock.js';
import { freePort } from '../support/services.js';
import { startKaminari, type Answer, type KaminariServer, type Received } from './kaminari-server.js';
import { CURL_BODY, CURL_HEADERS, CURL_IMPRESSION, CURL_LEFTOVERS, impression, VISITOR } from './samples.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function serve(
  answer?: (request: Received, number: number) => Answer | Promise<Answer>,
): Promise<KaminariServer> {
  const server = await startKaminari(answer);
  open.push(server);
  return server;
}

function connect(baseUrl: string, options: Partial<KaminariClientOptions> = {}): KaminariClient {
  const client = new KaminariClient({
    kmnrKey: 'XXXXXXXX',
    baseUrl,
    retry: { baseDelayMs: 20, maxDelayMs: 200 },
    ...options,
  });
  open.push({ close: () => client.close({ graceMs: 0 }) });
  return client;
}

const sequence =
  (...answers: Answer[]) =>
  (_request: Received, number: number): Answer =>
    answers[Math.min(number, answers.length) - 1] ?? 200;

describe('what is sent', () => {
  test("the document's curl example, from a visitor object: same body, same headers", async () => {
    const server = await serve();
    await expect(connect(server.url).ping(CURL_IMPRESSION)).resolves.toEqual({ status: 'delivered', attempts: 1 });
    const [request] = server.received;
    expect(request).toMatchObject({ method: 'POST', path: '/v2/ping', body: CURL_BODY });
    const ours = ['host', 'connection', 'content-length', 'accept-encoding'];
    const headers = Object.fromEntries(Object.entries(request!.headers).filter(([name]) => !ours.includes(name)));
    expect(headers).toEqual(CURL_HEADERS);
    expect(request!.headers['content-length']).toBe(String(CURL_BODY.length));
    for (const leftover of Object.keys(CURL_LEFTOVERS)) expect(headers).not.toHaveProperty(leftover);
  });

  test('the four mandatory headers are there, empty when the visitor sent none, and never our own', async () => {
    const server = await serve();
    await connect(server.url).ping({ kmnrId: 'a', visitor: { ip: '', forwardedFor: '', headers: {} } });
    const { rawHeaders } = server.received[0]!;
    const values = (name: string) =>
      rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
    for (const name of ['user-agent', 'accept-language', 'x-original-ip', 'x-forwarded-for'])
      expect(values(name)).toEqual(['']);
    expect(server.received[0]!.body).toBe('{"kmnrKey":"XXXXXXXX","kmnrId":"a"}');
  });

  test('an IPv4 address in IPv6 clothes goes out as IPv4', async () => {
    const server = await serve();
    await connect(server.url).ping({ kmnrId: 'a', visitor: { ...VISITOR, ip: '::ffff:203.0.113.9' } });
    expect(server.received[0]!.headers['x-original-ip']).toBe('203.0.113.9');
  });

  test('x-real-ip is the computed address, and absent where that is not known', async () => {
    const server = await serve();
    const client = connect(server.url);
    for (const [xRealIp, remoteAddress, trustProxy] of [
      ['6.6.6.6', '203.0.113.9', false],
      ['6.6.6.6', '10.0.0.1', 'uniquelocal'],
      ['6.6.6.6', undefined, false],
    ] as const) {
      const headers = { 'x-real-ip': xRealIp, 'x-forwarded-for': '203.0.113.7' };
      const visitor = visitorFromRequest({ headers, socket: { remoteAddress } }, { trustProxy });
      await client.ping({ kmnrId: 'a', visitor });
    }
    const sent = server.received.map(({ headers }) => [headers['x-original-ip'], headers['x-real-ip']]);
    expect(sent).toEqual([
      ['203.0.113.9', '203.0.113.9'],
      ['203.0.113.7', '203.0.113.7'],
      ['', undefined],
    ]);
  });

  test('ten sub-tags, and ids with dashes (PROTOCOL M12)', async () => {
    const server = await serve();
    const subs = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`sub${i + 1}`, i === 8 ? '' : String(i)]));
    await connect(server.url).ping({ kmnrId: 'a-b-c', subs, visitor: VISITOR });
    expect(server.received[0]!.fields).toEqual({ kmnrKey: 'XXXXXXXX', kmnrId: 'a-b-c', ...subs });
  });

  test('headers off the list and values that could split a header stay here, whatever the caller put into the visitor', async () => {
    const server = await serve();
    const headers = {
      'User-Agent': 'Upper/1',
      cookie: 'session=1',
      authorization: 'Bearer x',
      'x-original-ip': '6.6.6.6',
      'X-Real-IP': '6.6.6.6',
      'x-forwarded-for': '6.6.6.6',
      host: 'evil',
      referer: 'https://a/\r\nx-original-ip: 6.6.6.6',
      dpr: '2\n',
      'device-memory': '8\0',
      'sec-ch-ua-model': '"\u2028"',
      'accept-language': 'fr',
    };
    await connect(server.url).ping({ kmnrId: 'a', visitor: { ...VISITOR, headers } });
    const sent = server.received[0]!.headers;
    expect(sent).toMatchObject({
      'user-agent': 'Upper/1',
      'x-original-ip': VISITOR.ip,
      'x-forwarded-for': VISITOR.forwardedFor,
      'accept-language': 'fr',
    });
    for (const name of ['cookie', 'authorization', 'referer', 'dpr', 'device-memory', 'sec-ch-ua-model'])
      expect(sent).not.toHaveProperty(name);
    expect(sent['host']).not.toBe('evil');
    expect(JSON.stringify(sent)).not.toContain('6.6.6.6');
  });

  test.each([
    ['createTransport()', undefined],
    ['an axios instance', () => createTransport({ axios: axios.create() })],
  ])(
    '%s: bytes beyond ASCII arrive as the visitor sent them, and so does the body; an empty user agent stays empty',
    async (_name, make) => {
      const server = await serve();
      const client = connect(server.url, make && { transport: make() });
      const headers = { 'user-agent': 'Caf\xe9/1 \x80\xff', referer: 'https://shop.example/\xfcber' };
      await client.ping({ kmnrId: 'ascii', visitor: { ...VISITOR, headers: {} } });
      await client.ping({ kmnrId: '\u00fc\u{1f600}', subs: { sub1: 'caf\xe9' }, visitor: { ...VISITOR, headers } });
      expect(server.received[0]!.headers['user-agent']).toBe('');
      expect(server.received[1]!.headers).toMatchObject(headers);
      expect(server.received[1]!.fields).toEqual({ kmnrKey: 'XXXXXXXX', kmnrId: '\u00fc\u{1f600}', sub1: 'caf\xe9' });
    },
  );

  test('a wrong impression: every problem in one error, nothing sent', async () => {
    const server = await serve();
    const wrong = {
      kmnrId: 'a\nb',
      subs: { sub1: 5, sub11: 'x' },
      visitor: { ip: 'nobody', forwardedFor: '1.1.1.1\r\nx: y', headers: null },
    } as unknown as Parameters<KaminariClient['ping']>[0];
    const error: unknown = await connect(server.url)
      .ping(wrong)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KiipValidationError);
    expect((error as KiipValidationError).issues.map(({ path }) => path)).toEqual([
      'kmnrId',
      'subs.sub1',
      'subs',
      'visitor.ip',
      'visitor.forwardedFor',
      'visitor.headers',
    ]);
    expect(inspect(error)).not.toMatch(/nobody|1\.1\.1\.1/);
    for (const kmnrId of ['', 'x'.repeat(201), '\ud800', 7 as unknown as string])
      await expect(connect(server.url).ping({ kmnrId, visitor: VISITOR })).rejects.toThrow(KiipValidationError);
    await expect(connect(server.url).ping(null as never)).rejects.toThrow(KiipValidationError);
    await expect(connect(server.url).ping({ kmnrId: 'x'.repeat(200), visitor: VISITOR })).resolves.toMatchObject({
      status: 'delivered',
    });
    expect(server.received).toHaveLength(1);
  });

  test('wrong options: every problem in one error', () => {
    const wrong = {
      kmnrKey: ' key\n',
      baseUrl: 'http://kaminari.systems',
      timeoutMs: 0,
      windowMs: NaN,
      maxPending: 1.5,
      retry: { baseDelayMs: -1 },
    };
    expect(() => new KaminariClient(wrong)).toThrow(KiipConfigError);
    try {
      new KaminariClient(wrong);
    } catch (error) {
      expect((error as KiipConfigError).issues.map(({ path }) => path)).toEqual([
        'kmnrKey',
        'baseUrl',
        'timeoutMs',
        'windowMs',
        'maxPending',
        'retry.baseDelayMs',
      ]);
      expect((error as Error).message).toContain('kmnrKey has white space around it');
    }
    expect(
      () =>
        new KaminariClient({
          kmnrKey: 'k',
          timeout: 5,
          hooks: { onSettle: fail, onRetry: 1 },
          retry: { base: 1 },
        } as never),
    ).toThrow(
      /retry\.\(unknown key\).*hooks\.onRetry must be a function.*hooks\.onSettle is not a known field .did you mean onSettled.*\(unknown key\)/,
    );
    for (const baseUrl of ['', 'ftp://a', 'https://u:p@a', 'https://a?b', 'https://a#b'])
      expect(() => new KaminariClient({ kmnrKey: 'k', baseUrl })).toThrow(/baseUrl/);
    expect(() => new KaminariClient(undefined as never)).toThrow(/kmnrKey must be the key/);
  });

  test('the key and what is pending are not to be seen in the client', async () => {
    const server = await serve(() => 'black hole');
    const client = connect(server.url);
    const pending = client.ping(CURL_IMPRESSION);
    await server.reached(1);
    const seen = inspect(client, { depth: 20, showHidden: true }) + JSON.stringify(client);
    expect(seen).not.toMatch(/XXXXXXXX|1125570260|192\.168|Macintosh/);
    await client.close({ graceMs: 0 });
    await pending;
  });
});

describe('until it is accepted', () => {
  test('204 five times, then 200, with pauses that grow', async () => {
    const server = await serve(sequence(204, 204, 204, 204, 204, 200));
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.999);
    const retries: number[] = [];
    const hooks: KaminariHooks = {
      onRetry: ({ delayMs, code }) => void (code === 'not_yet' && retries.push(Math.round(delayMs))),
    };
    try {
      const result = await connect(server.url, { hooks }).ping(impression());
      expect(result).toEqual({ status: 'delivered', attempts: 6 });
    } finally {
      random.mockRestore();
    }
    expect(retries).toEqual([20, 40, 80, 160, 200]);
    expect(new Set(server.received.map(({ body }) => body)).size).toBe(1);
    const gaps = server.received.slice(1).map(({ at }, i) => at - server.received[i]!.at);
    retries.forEach((delayMs, i) => expect(gaps[i]).toBeGreaterThanOrEqual(delayMs - 3));
  });

  test.each<[string, Answer]>([
    ['429', 429],
    ['500', 500],
    ['503', 503],
    ['a reset', 'reset'],
  ])('%s is tried again', async (_name, answer) => {
    const server = await serve(sequence(answer, answer, 200));
    await expect(connect(server.url).ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 3 });
  });

  test.each([400, 401, 403, 404, 410, 422, 301, 302])('%i ends it at once', async (status) => {
    const server = await serve(() => ({ status, headers: { location: 'http://127.0.0.1:1/' } }));
    await expect(connect(server.url).ping(impression())).resolves.toEqual({
      status: 'rejected',
      httpStatus: status,
      attempts: 1,
    });
    expect(server.received).toHaveLength(1);
  });

  test.each([200, 201, 202])('%i is accepted, whatever its body', async (status) => {
    const server = await serve(() => ({ status, headers: { 'content-type': 'text/html' }, body: '<'.repeat(100_000) }));
    await expect(connect(server.url).ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 1 });
  });

  test('nobody listens, then somebody does', async () => {
    const port = await freePort();
    let refused = 0;
    const up = new Promise<KaminariServer>((resolve, reject) => {
      const hooks: KaminariHooks = {
        onRetry: ({ code }) => {
          if (code === 'connection' && ++refused === 3) startKaminari(() => 200, port).then(resolve, reject);
        },
      };
      const client = connect(`http://127.0.0.1:${port}`, { hooks });
      void client.ping(impression()).then((result) => (outcome = result));
      open.push({ close: async () => (await up).close() });
    });
    let outcome: PingResult | undefined;
    const server = await up;
    await server.reached(1);
    while (outcome === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(outcome).toMatchObject({ status: 'delivered' });
    expect(outcome.attempts).toBeGreaterThanOrEqual(4);
  });

  test('a black hole costs one timeout, then it is tried again', async () => {
    const server = await serve(sequence('black hole', 200));
    const codes: string[] = [];
    const client = connect(server.url, { timeoutMs: 100, hooks: { onRetry: ({ code }) => void codes.push(code) } });
    await expect(client.ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 2 });
    expect(codes).toEqual(['timeout']);
  });

  test('Retry-After counts as it is when it fits the window, and ends the ping when it does not', async () => {
    const server = await serve(sequence({ status: 429, headers: { 'retry-after': '1' } }, 200));
    const delays: number[] = [];
    const client = connect(server.url, { hooks: { onRetry: ({ delayMs }) => void delays.push(delayMs) } });
    await expect(client.ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 2 });
    expect(delays).toEqual([1_000]);

    for (const now of ['0', new Date(0).toUTCString(), 'soon', '-1', '']) {
      const eager = await serve(sequence({ status: 503, headers: { 'retry-after': now } }, 200));
      const pauses: number[] = [];
      const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
      await connect(eager.url, { hooks: { onRetry: ({ delayMs }) => void pauses.push(delayMs) } }).ping(impression());
      random.mockRestore();
      expect(pauses).toEqual([10]);
    }

    const far = await serve(() => ({
      status: 503,
      headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() },
    }));
    const elapsed = startClock();
    await expect(connect(far.url).ping(impression())).resolves.toEqual({ status: 'expired', attempts: 1 });
    expect(elapsed()).toBeLessThan(5_000);
  });

  test.each<[string, Answer]>([
    ['204', 204],
    ['500', 500],
    ['reset', 'reset'],
    ['black hole', 'black hole'],
  ])('%s for the whole window: expired when it is over', async (_name, answer) => {
    const server = await serve(() => answer);
    const started = performance.now();
    const elapsed = startClock();
    const result = await connect(server.url, { windowMs: 300, timeoutMs: 80 }).ping(impression());
    const took = performance.now() - started;
    expect(elapsed()).toBeLessThan(2_000);
    expect(result.status).toBe('expired');
    expect(result.attempts).toBeGreaterThanOrEqual(2);
    expect(took).toBeGreaterThanOrEqual(295);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(server.received.length).toBeLessThanOrEqual(result.attempts);
  });

  test("a transport of the caller's own that knows no limits and fails in its own way", async () => {
    let calls = 0;
    const transport: Transport = {
      send: async ({ signal }) => {
        calls += 1;
        if (calls === 1) throw new TypeError('x-original-ip 203.0.113.9');
        if (calls === 2) return new Promise(() => undefined);
        expect(signal).toBeDefined();
        return { status: 200, headers: {}, body: '' };
      },
      close: jest.fn(async () => undefined),
    };
    const client = connect('https://kaminari.invalid', { transport, timeoutMs: 60 });
    await expect(client.ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 3 });
    calls = 1;
    const stopped = new AbortController();
    const stuck = client.ping(impression(), { signal: stopped.signal });
    setTimeout(() => stopped.abort(), 20);
    await expect(stuck).resolves.toEqual({ status: 'aborted', attempts: 1 });
    await client.close();
    expect(transport.close).not.toHaveBeenCalled();

    const throwing = connect('https://kaminari.invalid', {
      transport: {
        send: () => {
          if (++calls % 2 === 0) throw new TypeError('at once');
          return Promise.resolve({ status: 200, headers: {}, body: '' });
        },
      },
    });
    calls = 1;
    await expect(throwing.ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 2 });
  });
});

describe('limits and the end', () => {
  test('beyond maxPending a ping is dropped at once', async () => {
    const server = await serve(() => 'black hole');
    const settled: PingResult[] = [];
    const client = connect(server.url, {
      maxPending: 3,
      hooks: { onSettled: ({ result }) => void (result !== undefined && settled.push(result)) },
    });
    const stopped = new AbortController();
    const pending = [1, 2, 3].map((n) => client.ping(impression(`i${n}`), { signal: stopped.signal }));
    await expect(client.ping(impression('i4'))).resolves.toEqual({ status: 'dropped', attempts: 0 });
    await server.reached(3);
    stopped.abort();
    await expect(Promise.all(pending)).resolves.toEqual(Array(3).fill({ status: 'aborted', attempts: 1 }));
    const next = client.ping(impression('i5'));
    await server.reached(4);
    expect(server.received.map(({ fields }) => fields['kmnrId'])).toEqual(['i1', 'i2', 'i3', 'i5']);
    await client.close({ graceMs: 0 });
    await next;
    expect(settled.map(({ status }) => status)).toEqual(['dropped', 'aborted', 'aborted', 'aborted', 'aborted']);
  });

  test('a shared signal: one listener however many pings, none afterwards', async () => {
    const server = await serve(() => 'black hole');
    const stopped = new AbortController();
    const client = connect(server.url);
    const pings = Array.from({ length: 50 }, (_, i) => client.ping(impression(`i${i}`), { signal: stopped.signal }));
    await server.reached(50);
    expect(getEventListeners(stopped.signal, 'abort')).toHaveLength(1);
    stopped.abort();
    expect(new Set((await Promise.all(pings)).map(({ status }) => status))).toEqual(new Set(['aborted']));
    await expect(client.ping(impression(), { signal: stopped.signal })).resolves.toEqual({
      status: 'aborted',
      attempts: 0,
    });

    const living = new AbortController();
    const accepting = await serve(() => 200);
    await connect(accepting.url).ping(impression(), { signal: living.signal });
    expect(getEventListeners(living.signal, 'abort')).toHaveLength(0);
  });

  test('abort in the pause, in the line and in the request', async () => {
    const server = await serve(sequence(204, 'black hole'));
    const client = connect(server.url, { maxConcurrent: 1, retry: { baseDelayMs: 60_000, maxDelayMs: 60_000 } });
    const controllers = [new AbortController(), new AbortController(), new AbortController()] as const;
    const pausing = client.ping(impression('pausing'), { signal: controllers[0].signal });
    await server.reached(1);
    const requesting = client.ping(impression('requesting'), { signal: controllers[1].signal });
    await server.reached(2);
    const inLine = client.ping(impression('in line'), { signal: controllers[2].signal });
    await new Promise((resolve) => setImmediate(resolve));
    for (const controller of [...controllers].reverse()) controller.abort();
    await expect(inLine).resolves.toEqual({ status: 'aborted', attempts: 0 });
    await expect(requesting).resolves.toEqual({ status: 'aborted', attempts: 1 });
    await expect(pausing).resolves.toEqual({ status: 'aborted', attempts: 1 });
    expect(server.received).toHaveLength(2);
  });

  test('5,000 pings at once: all delivered, never more than maxConcurrent requests open', async () => {
    const server = await serve();
    const client = connect(server.url, { maxConcurrent: 64 });
    const results = await Promise.all(Array.from({ length: 5_000 }, (_, i) => client.ping(impression(`i${i}`))));
    expect(results.every(({ status, attempts }) => status === 'delivered' && attempts === 1)).toBe(true);
    expect(new Set(server.received.map(({ fields }) => fields['kmnrId'])).size).toBe(5_000);
    expect(server.mostOpen()).toBeLessThanOrEqual(64);
  });

  test('close: the pending ones are tried once more, what is left is abandoned, later pings are aborted', async () => {
    let closing = false;
    const server = await serve(({ fields }) =>
      fields['kmnrId'] === 'good' ? (closing ? 200 : 204) : fields['kmnrId'] === 'bad' ? 204 : 'black hole',
    );
    const client = connect(server.url, { retry: { baseDelayMs: 60_000, maxDelayMs: 60_000 } });
    const pings = ['good', 'bad', 'hole'].map((id) => client.ping(impression(id)));
    await server.reached(3);
    // The answers must be back before the pauses can be cut short.
    await new Promise((resolve) => setTimeout(resolve, 100));
    closing = true;
    const report = client.close({ graceMs: 300 });
    const again = client.close();
    await expect(client.ping(impression('late'))).resolves.toEqual({ status: 'aborted', attempts: 0 });
    await expect(report).resolves.toEqual({ delivered: 1, abandoned: 2 });
    expect(await again).toBe(await report);
    await expect(Promise.all(pings)).resolves.toEqual([
      { status: 'delivered', attempts: 2 },
      { status: 'aborted', attempts: 2 },
      { status: 'aborted', attempts: 1 },
    ]);
    await expect(client.test(impression())).rejects.toMatchObject({ code: 'closed', operation: 'pingtest' });
    expect(server.received.map(({ fields }) => fields['kmnrId'])).not.toContain('late');
  });

  test('close ends a ping test that hangs', async () => {
    const server = await serve(() => 'black hole');
    const client = connect(server.url);
    const test = expect(client.test(impression())).rejects.toMatchObject({
      code: 'closed',
      operation: 'pingtest',
      attempts: 1,
    });
    await server.reached(1);
    await expect(client.close({ graceMs: 50 })).resolves.toEqual({ delivered: 0, abandoned: 0 });
    await test;
  });

  test('close waits for a ping test that is answered in time', async () => {
    const server = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { status: 200, body: '{"errors":{}}' };
    });
    const client = connect(server.url);
    const answer = client.test(impression());
    await server.reached(1);
    await client.close();
    await expect(answer).resolves.toEqual({ ok: true, advice: {} });
  });

  test('a grace time without an end is waited for; one that is no number is none', async () => {
    const server = await serve(sequence(204, 200));
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const client = connect(server.url, { retry: { baseDelayMs: 60, maxDelayMs: 60 } });
    const ping = client.ping(impression());
    await expect(client.close({ graceMs: Infinity })).resolves.toEqual({ delivered: 1, abandoned: 0 });
    await expect(ping).resolves.toMatchObject({ status: 'delivered' });
    const hole = await serve(() => 'black hole');
    const other = connect(hole.url);
    void other.ping(impression());
    await hole.reached(1);
    await expect(other.close({ graceMs: NaN })).resolves.toEqual({ delivered: 0, abandoned: 1 });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('a wrong option of close() rejects and closes nothing', async () => {
    const server = await serve(() => 200);
    const client = connect(server.url);
    const wrong = { gracems: 5 } as unknown as { graceMs: number };
    await expect(client.close(wrong)).rejects.toMatchObject({ issues: [{ path: 'gracems' }] });
    await expect(client.ping(impression())).resolves.toMatchObject({ status: 'delivered' });
  });

  test('a signal that is none is refused, and holds no place', async () => {
    const server = await serve();
    const client = connect(server.url, { maxPending: 1 });
    for (let i = 0; i < 2; i++)
      await expect(client.ping(impression(), { signal: {} as AbortSignal })).rejects.toThrow(KiipValidationError);
    await expect(client.ping(impression())).resolves.toMatchObject({ status: 'delivered' });
  });

  test('await using closes', async () => {
    const server = await serve();
    const client = connect(server.url);
    const ping = client.ping(impression());
    await client[Symbol.asyncDispose]();
    await expect(ping).resolves.toEqual({ status: 'delivered', attempts: 1 });
    await expect(client.ping(impression())).resolves.toEqual({ status: 'aborted', attempts: 0 });
  });

  test('a hook that throws is warned about once and breaks nothing', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const server = await serve(sequence(204, 200));
    const late = async (): Promise<never> => fail();
    const client = connect(server.url, {
      hooks: { onRequest: late, onResponse: fail, onRetry: late, onSettled: fail },
    });
    await expect(client.ping(impression())).resolves.toEqual({ status: 'delivered', attempts: 2 });
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('hook'), { type: 'KiipWarning', code: 'KIIP_HOOK_THREW' }],
    ]);
    warn.mockRestore();
  });
});

function fail(): never {
  throw new Error('from a hook');
}
