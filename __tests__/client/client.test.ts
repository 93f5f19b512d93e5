import { channel } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import {
  isKiipError,
  KiipClient,
  KiipClosedError,
  KiipConfigError,
  KiipOverloadedError,
  KiipValidationError,
  TransportError,
  type DeviceContext,
  type KiipClientOptions,
  type Transport,
  type TransportRequest,
} from 'kiip-s2s';
import { readFileSync } from 'node:fs';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';
import { http, startSocketServer, type Reply, type SocketServer } from '../support/socket-server.js';

const ok = http('200 OK', REWARD_JSON);
const answer: Reply = (socket) => socket.write(ok);
const silence: Reply = () => {};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

async function setUp(
  reply: Reply,
  options: Partial<KiipClientOptions> = {},
): Promise<{ server: SocketServer; client: KiipClient }> {
  const server = await startSocketServer(reply);
  const client = new KiipClient({ ...APP, baseUrl: server.url, retry: { baseDelayMs: 1, maxDelayMs: 2 }, ...options });
  open.push(server, { close: () => client.close() });
  return { server, client };
}

/** A transport whose answers are given by hand. */
function manual() {
  const pending: {
    request: TransportRequest;
    answer(status?: number, body?: string): void;
    fail(error: Error): void;
  }[] = [];
  const transport: Transport = {
    send: (request) =>
      new Promise((resolve, reject) => {
        pending.push({
          request,
          answer: (status = 200, body = REWARD_JSON) => resolve({ status, headers: {}, body }),
          fail: reject,
        });
      }),
  };
  return { pending, transport };
}

describe('what is sent', () => {
  test('one POST with the documents’ path, our headers and the built payload', async () => {
    const { server, client } = await setUp(answer);
    await client.moment('level_up', CONTEXT);
    const [request = ''] = server.requests;
    const [head = '', body = ''] = request.split('\r\n\r\n');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(head.split('\r\n')[0]).toBe('POST /2.0/server/moment/ HTTP/1.1');
    expect(head.toLowerCase()).toContain('accept: application/json');
    expect(head.toLowerCase()).toContain('content-type: application/json; charset=utf-8');
    expect(head).toContain(`kiip-s2s/${version}`);
    expect(JSON.parse(body)).toMatchObject({ moment: { id: 'level_up' }, test: true });
  });

  test('paths of sessions and moments, and a base URL with a path', async () => {
    const { server, client } = await setUp(answer);
    const own = new KiipClient({ ...APP, baseUrl: `${server.url}/proxy/`, paths: { session: '/2.0/server/session' } });
    open.push({ close: () => own.close() });
    await own.startSession(CONTEXT);
    await own.moment('level_up', CONTEXT);
    await client.endSession(CONTEXT, { at: new Date(0) });
    expect(server.requests.map((request) => request.split(' ')[1])).toEqual([
      '/proxy/2.0/server/session',
      '/proxy/2.0/server/moment/',
      '/2.0/server/moment/',
    ]);
    expect(server.requests[2]).toContain('"events":[{"id":"session_end","start":"1970-01-01T00:00:00.000Z"}]');
  });

  test('a moment with session events', async () => {
    const { server, client } = await setUp(answer);
    await client.moment('level_up', CONTEXT, { events: [{ id: 'session_start', start: new Date(0) }] });
    expect(server.requests[0]).toContain('"events":[{"id":"session_start"');
  });

  test('invalid input sends nothing', async () => {
    const { server, client } = await setUp(answer);
    await expect(client.moment('', { device: {} } as never)).rejects.toBeInstanceOf(KiipValidationError);
    await expect(client.moment('level_up', CONTEXT, { timeoutMs: -1 })).rejects.toMatchObject({
      issues: [{ path: 'timeoutMs' }],
    });
    await expect(client.startSession(CONTEXT, { deadlineMs: Number.NaN })).rejects.toMatchObject({
      issues: [{ path: 'deadlineMs' }],
    });
    expect(server.requests).toHaveLength(0);
  });

  test('a blocked country is answered without sending (PROTOCOL K15)', async () => {
    const { server, client } = await setUp(answer, { blockedCountries: 'eea', unknownCountry: 'send' });
    expect(await client.moment('level_up', { ...CONTEXT, country: 'de' })).toEqual({
      rewarded: false,
      reason: 'blocked_country',
      date: null,
      raw: null,
    });
    expect(await client.startSession({ ...CONTEXT, country: 'NO' })).toEqual({
      date: null,
      dateText: null,
      skipped: 'blocked_country',
      raw: null,
    });
    await expect(client.startSession({ ...CONTEXT, country: 'NO', device: {} } as never)).rejects.toBeInstanceOf(
      KiipValidationError,
    );
    expect(server.requests).toHaveLength(0);
    expect(await client.moment('level_up', { ...CONTEXT, country: 'GB' })).toMatchObject({ rewarded: true });
  });

  test('204 is no reward', async () => {
    const { client } = await setUp((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    expect(await client.moment('level_up', CONTEXT)).toEqual({
      rewarded: false,
      reason: 'no_reward',
      date: null,
      raw: null,
    });
  });

  test('a redirect is not followed, and its error names the host alone', async () => {
    const { client } = await setUp((socket) =>
      socket.write(http('302 Found', '', { location: 'https://elsewhere.example:8443/x?device=secret' })),
    );
    await expect(client.moment('level_up', CONTEXT)).rejects.toMatchObject({
      reason: 'redirect',
      message: expect.stringContaining('elsewhere.example:8443') as string,
    });
    await expect(client.moment('level_up', CONTEXT)).rejects.not.toMatchObject({
      message: expect.stringContaining('device=') as string,
    });
  });
});

describe('limits', () => {
  test('maxConcurrent in flight, maxQueued waiting, then KiipOverloadedError at once', async () => {
    const { pending, transport } = manual();
    const client = new KiipClient({ ...APP, transport, maxConcurrent: 2, maxQueued: 1 });
    const calls = [1, 2, 3].map((id) => client.moment(`moment_${id}`, CONTEXT));
    await expect(client.moment('moment_4', CONTEXT)).rejects.toBeInstanceOf(KiipOverloadedError);
    expect(pending).toHaveLength(2);
    pending[0]?.answer();
    await calls[0];
    await turn();
    expect(pending).toHaveLength(3);
    expect(pending[2]?.request.body).toContain('moment_3');
    pending[1]?.answer();
    pending[2]?.answer();
    await Promise.all(calls);
    await client.close();
  });

  test('the deadline covers queueing, the signal leaves the queue, and neither stays behind', async () => {
    const { pending, transport } = manual();
    const client = new KiipClient({ ...APP, transport, maxConcurrent: 1 });
    const first = client.moment('first', CONTEXT);
    await expect(client.moment('second', CONTEXT, { deadlineMs: 20 })).rejects.toMatchObject({
      code: 'timeout',
      scope: 'deadline',
      attempts: 0,
    });
    const controller = new AbortController();
    const third = client.moment('third', CONTEXT, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(third).rejects.toMatchObject({ code: 'aborted', attempts: 0 });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    pending[0]?.answer();
    await first;
    expect(pending).toHaveLength(1);
    await client.close();
  });

  test('an attempt that takes too long is a timeout of scope attempt, the whole call of scope deadline', async () => {
    const { client } = await setUp(silence, { retry: false });
    await expect(client.moment('level_up', CONTEXT, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'timeout',
      scope: 'attempt',
      attempts: 1,
    });
    await expect(client.moment('level_up', CONTEXT, { deadlineMs: 30 })).rejects.toMatchObject({
      code: 'timeout',
      scope: 'deadline',
      attempts: 1,
    });
  });

  test('a Retry-After that fits is obeyed to the letter, in seconds and as a date', async () => {
    const waits: number[] = [];
    const replies = [
      http('429 X', '', { 'retry-after': '1' }),
      http('503 X', '', { 'retry-after': new Date(Date.now() - 5_000).toUTCString() }),
      ok,
    ];
    const { client } = await setUp((socket, _, index) => socket.write(replies[index] ?? ok), {
      hooks: { onRetry: ({ delayMs }) => void waits.push(delayMs) },
    });
    await client.moment('level_up', CONTEXT);
    expect(waits).toEqual([1000, 0]);
  });

  test('aborting before, during and between attempts', async () => {
    const { server, client } = await setUp(
      (socket, request) =>
        void (request.includes('retry_me') ? socket.write(http('503 X', '', { 'retry-after': '20' })) : null),
    );
    await expect(
      client.moment('level_up', CONTEXT, { signal: AbortSignal.abort(new Error('private reason')) }),
    ).rejects.toMatchObject({
      code: 'aborted',
      attempts: 0,
    });
    expect(server.requests).toHaveLength(0);
    const inFlight = new AbortController();
    const call = client.moment('level_up', CONTEXT, { signal: inFlight.signal });
    setTimeout(() => inFlight.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: 'aborted', attempts: 1 });
    const between = new AbortController();
    const retried = client.moment('retry_me', CONTEXT, { signal: between.signal });
    setTimeout(() => between.abort(), 50);
    await expect(retried).rejects.toMatchObject({ code: 'aborted', attempts: 1 });
    expect(getEventListeners(between.signal, 'abort')).toHaveLength(0);
  });

  test('a signal shared by many calls keeps no listener', async () => {
    const { client } = await setUp(answer);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 50 }, () => client.moment('level_up', CONTEXT, { signal })));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('a transport of the caller’s', () => {
  test('is raced against the time and the signal, and told', async () => {
    const { pending, transport } = manual();
    const client = new KiipClient({ ...APP, transport, retry: false });
    await expect(client.moment('level_up', CONTEXT, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'timeout',
      scope: 'attempt',
    });
    expect(pending[0]?.request.signal?.aborted).toBe(true);
    const controller = new AbortController();
    const call = client.moment('level_up', CONTEXT, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    await client.close();
  });

  test('whatever it throws becomes a KiipError; only a TransportError may say that nothing was sent', async () => {
    const { pending, transport } = manual();
    const client = new KiipClient({ ...APP, transport, retry: { maxAttempts: 2, baseDelayMs: 0 } });
    const first = client.moment('level_up', CONTEXT);
    pending[0]?.fail(Object.assign(new Error('secret inside'), { config: { data: 'secret' } }));
    await expect(first).rejects.toMatchObject({ code: 'connection', attempts: 1 });
    const second = client.moment('level_up', CONTEXT);
    pending[1]?.fail(new TransportError({ kind: 'connection', reason: 'ECONNREFUSED', maybeSent: false }));
    await sleep(20);
    pending[2]?.answer();
    expect(await second).toMatchObject({ rewarded: true });
    await client.close();
  });

  test('close() leaves it open, it is its owner’s', async () => {
    const close = jest.fn(() => Promise.resolve());
    const client = new KiipClient({ ...APP, transport: { ...manual().transport, close } });
    await client.close();
    expect(close).not.toHaveBeenCalled();
  });
});

describe('closing', () => {
  test('waits for what is in flight and queued, refuses what comes later, and is idempotent', async () => {
    const { pending, transport } = manual();
    const client = new KiipClient({ ...APP, transport, maxConcurrent: 1 });
    const calls = [client.moment('first', CONTEXT), client.moment('second', CONTEXT)];
    let closed = false;
    const closing = client.close().then(() => (closed = true));
    await expect(client.moment('third', CONTEXT)).rejects.toBeInstanceOf(KiipClosedError);
    await expect(client.startSession(CONTEXT)).rejects.toMatchObject({
      code: 'closed',
      operation: 'session_start',
      attempts: 0,
    });
    expect(closed).toBe(false);
    pending[0]?.answer();
    await calls[0];
    await turn();
    pending[1]?.answer();
    await calls[1];
    await closing;
    await client.close();
  });

  test('await using', async () => {
    const { server } = await setUp(answer);
    {
      await using client = new KiipClient({ ...APP, baseUrl: server.url });
      await using session = client.session(CONTEXT);
      await session.start();
      await session.moment('level_up');
    }
    expect(server.requests.map((request) => /session_start|session_end|level_up/.exec(request)?.[0])).toEqual([
      'session_start',
      'level_up',
      'session_end',
    ]);
  });

  test('openSession starts; `await using` ends it, unless the start failed', async () => {
    const { server, client } = await setUp(answer);
    {
      await using session = await client.openSession(CONTEXT, { at: new Date('2026-01-02T03:04:05.006Z') });
      await session.moment('level_up');
    }
    expect(server.requests.map((request) => /session_start|session_end|level_up/.exec(request)?.[0])).toEqual([
      'session_start',
      'level_up',
      'session_end',
    ]);
    expect(server.requests[0]).toContain('2026-01-02T03:04:05.006Z');
    const refusing = await setUp((socket) => socket.write(http('401 X')));
    await expect(refusing.client.openSession(CONTEXT)).rejects.toMatchObject({
      operation: 'session_start',
      status: 401,
    });
    expect(refusing.server.requests).toHaveLength(1);
  });

  test('a session that was never started, or was ended, is not ended again', async () => {
    const { server, client } = await setUp(answer);
    {
      await using unused = client.session(CONTEXT);
      expect(unused).toBeDefined();
    }
    {
      await using session = client.session(CONTEXT);
      await session.start();
      await session.end();
    }
    expect(server.requests).toHaveLength(2);
  });
});

describe('hooks and diagnostics channels', () => {
  test('tell of requests, answers and retries', async () => {
    const replies = [http('503 X'), ok];
    const events: [string, unknown][] = [];
    const published: unknown[] = [];
    const listener = (message: unknown): void => void published.push(message);
    channel('kiip-s2s:response').subscribe(listener);
    const { server, client } = await setUp((socket, _, index) => socket.write(replies[index] ?? ok), {
      hooks: {
        onRequest: (event) => void events.push(['request', event]),
        onResponse: (event) => void events.push(['response', event]),
        onRetry: (event) => void events.push(['retry', event]),
      },
    });
    await client.moment('level_up', CONTEXT);
    channel('kiip-s2s:response').unsubscribe(listener);
    const common = { operation: 'moment', host: server.url.slice(7) };
    expect(events).toEqual([
      ['request', { ...common, attempt: 1 }],
      ['response', { ...common, attempt: 1, status: 503, durationMs: expect.any(Number) as number }],
      ['retry', { ...common, attempt: 1, delayMs: expect.any(Number) as number, code: 'http_status' }],
      ['request', { ...common, attempt: 2 }],
      ['response', { ...common, attempt: 2, status: 200, durationMs: expect.any(Number) as number }],
    ]);
    expect(published).toEqual([events[1]?.[1], events[4]?.[1]]);
  });

  test('a hook whose promise is another library’s is heard when it rejects', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const foreign = { then: (_done: unknown, failed: (error: Error) => void) => failed(new Error('private')) };
    const { client } = await setUp(answer, { hooks: { onRequest: (() => foreign) as unknown as () => void } });
    await client.moment('level_up', CONTEXT);
    expect(warnings).toHaveBeenCalledTimes(1);
    warnings.mockRestore();
  });

  test('a hook that throws, at once or later, is warned about once and breaks nothing', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { client } = await setUp(answer, {
      hooks: {
        onRequest: () => {
          throw new Error('private');
        },
        onResponse: (() => Promise.reject(new Error('private'))) as () => void,
      },
    });
    expect(await client.moment('level_up', CONTEXT)).toMatchObject({ rewarded: true });
    expect(await client.moment('level_up', CONTEXT)).toMatchObject({ rewarded: true });
    expect(warnings).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warnings.mock.calls)).not.toContain('private');
    warnings.mockRestore();
  });
});

describe('options', () => {
  const make = (options: unknown) => () => new KiipClient(options as KiipClientOptions);

  test('all problems at once', () => {
    const bad = {
      appKey: '',
      baseUrl: 'ftp://x',
      paths: { session: 'no-slash' },
      defaults: { device: { os: 5 }, bundleId: 'x', consent: { optedOut: true } },
      platform: 'kiip',
      dnsCompliance: true,
      timeoutMs: 0,
      maxConcurrent: 1.5,
      retry: { maxAttempts: 0 },
      blockedCountries: ['Germany'],
      hooks: { onRequest: 'log' },
      transport: {},
      timeout: 5,
    };
    let issues: readonly { path: string }[] = [];
    try {
      make(bad)();
    } catch (error) {
      expect(error).toBeInstanceOf(KiipConfigError);
      issues = (error as KiipConfigError).issues;
    }
    expect(issues.map(({ path }) => path).sort()).toEqual(
      [
        'appKey',
        'appVersion',
        'baseUrl',
        'blockedCountries[0]',
        'defaults.bundleId',
        'defaults.consent',
        'defaults.device.os',
        'dnsCompliance',
        'hooks.onRequest',
        'maxConcurrent',
        'paths.session',
        'retry.maxAttempts',
        'test',
        '(unknown key)',
        'timeoutMs',
        'transport',
        'unknownCountry',
      ].sort(),
    );
  });

  test.each(['http://api.kiip.me', 'not a url', 'https://user:secret@api.kiip.me', 'https://api.kiip.me?x=1'])(
    'base URL %s is refused',
    (baseUrl) => {
      expect(make({ ...APP, baseUrl })).toThrow(KiipConfigError);
      expect(make({ ...APP, baseUrl })).not.toThrow(/secret/);
    },
  );

  test.each(['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1', 'https://other.example/base'])(
    'base URL %s is accepted',
    (baseUrl) => {
      expect(make({ ...APP, baseUrl })).not.toThrow();
    },
  );

  test('http to another host with allowInsecure only', () => {
    expect(make({ ...APP, baseUrl: 'http://proxy.internal', allowInsecure: true })).not.toThrow();
  });

  test.each([undefined, null, 'x'])('options that are %j', (options) => {
    expect(make(options)).toThrow(KiipConfigError);
  });

  test('test has no default: neither mode by accident (PROTOCOL K9)', () => {
    expect(make({ appKey: 'x', appVersion: '1' })).toThrow(/test is required/);
  });

  test('defaults lie beneath the context, block by block, and make what they supply optional', async () => {
    const { server } = await setUp(answer);
    const client = new KiipClient({
      ...APP,
      baseUrl: server.url,
      defaults: {
        device: { os: 'Android 15', lang: 'en', locale: 'en_US' },
        location: { lat: 1, lng: 2 },
        connection: { type: 'WIFI' },
      },
    });
    open.push({ close: () => client.close() });
    await client.moment('level_up', {
      device: { id: 'x', lang: 'de', os: undefined },
      connection: { ip: '54.174.101.1' },
      location: { accuracy: 5 },
    });
    expect(JSON.parse(server.requests[0]?.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      device: { id: 'x', os: 'Android 15', lang: 'de', locale: 'en_US' },
      connection: { ip: '54.174.101.1', type: 'WIFI' },
      location: { lat: 1, lng: 2, accuracy: 5 },
    });
    // @ts-expect-error id is not among the defaults
    await expect(client.moment('level_up', { device: {}, connection: { ip: '54.174.101.1' } })).rejects.toMatchObject({
      issues: [{ path: 'device.id' }],
    });
    const whole: DeviceContext = CONTEXT;
    expect(await client.moment('level_up', whole)).toMatchObject({ rewarded: true });
  });

  test('defaults that supply a whole block make the block optional', async () => {
    const { server } = await setUp(answer);
    const client = new KiipClient({ ...APP, baseUrl: server.url, defaults: { connection: { ip: '54.174.101.1' } } });
    open.push({ close: () => client.close() });
    expect(await client.moment('level_up', { device: CONTEXT.device })).toMatchObject({ rewarded: true });
  });

  test('isKiipError knows its own, across copies', () => {
    expect(isKiipError(new KiipConfigError('x'))).toBe(true);
    expect(isKiipError({ [Symbol.for('kiip-s2s.error')]: true })).toBe(true);
    for (const other of [new Error('x'), null, undefined, 'x', {}]) expect(isKiipError(other)).toBe(false);
  });
});
