import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { KiipClient, TransportError, type SettledEvent, type Transport } from 'kiip-s2s';
import { KaminariClient, type PingSettledEvent } from 'kiip-s2s/kaminari';
import { impression } from '../kaminari/samples.js';
import { APP, CONTEXT, REWARD_JSON, SECRETS } from '../support/context.js';

const durationMs = expect.any(Number) as number;
const ok = { status: 200, headers: {}, body: '{}' };

function makeClient(send: Transport['send'], over: object = {}): { client: KiipClient; settled: SettledEvent[] } {
  const settled: SettledEvent[] = [];
  const client = new KiipClient({
    ...APP,
    transport: { send },
    retry: { maxAttempts: 2, baseDelayMs: 1 },
    hooks: { onSettled: (event) => void settled.push(event) },
    ...over,
  });
  return { client, settled };
}

describe('onSettled tells of every call once', () => {
  test('of what worked', async () => {
    const bodies = ['{}', REWARD_JSON, '{}', '{}'];
    const { client, settled } = makeClient(() => Promise.resolve({ ...ok, body: bodies.shift() ?? '{}' }), {
      blockedCountries: 'eea',
      unknownCountry: 'send',
    });
    await client.startSession(CONTEXT);
    await client.moment('level_up', CONTEXT);
    await client.moment('level_up', CONTEXT);
    await client.moment('level_up', { ...CONTEXT, country: 'DE' });
    await client.endSession({ ...CONTEXT, country: 'FR' });
    expect(settled).toEqual([
      { operation: 'session_start', attempts: 1, durationMs, outcome: 'accepted' },
      { operation: 'moment', attempts: 1, durationMs, outcome: 'rewarded' },
      { operation: 'moment', attempts: 1, durationMs, outcome: 'no_reward' },
      { operation: 'moment', attempts: 0, durationMs, outcome: 'blocked_country' },
      { operation: 'session_end', attempts: 0, durationMs, outcome: 'blocked_country' },
    ]);
  });

  test('of what failed, with the requests that were made; input errors are no calls', async () => {
    const answers: (() => Promise<typeof ok>)[] = [
      () => Promise.resolve({ ...ok, status: 503 }),
      () => Promise.resolve({ ...ok, status: 401 }),
      () => Promise.resolve({ ...ok, body: '<p>' }),
      () => Promise.reject(new TransportError({ kind: 'connection', reason: 'ECONNRESET', maybeSent: true })),
      () => new Promise(() => undefined),
    ];
    const { client, settled } = makeClient(() => (answers.shift() ?? (() => Promise.resolve(ok)))(), {
      maxConcurrent: 1,
      maxQueued: 0,
    });
    await client.startSession(CONTEXT).catch(() => undefined);
    await client.moment('level_up', CONTEXT).catch(() => undefined);
    await client.moment('level_up', CONTEXT).catch(() => undefined);
    const late = client.moment('level_up', CONTEXT, { deadlineMs: 40 }).catch(() => undefined);
    await client.moment('level_up', CONTEXT).catch(() => undefined);
    await late;
    await client.moment('level_up', CONTEXT, { signal: AbortSignal.abort() }).catch(() => undefined);
    await client.moment('', CONTEXT).catch(() => undefined);
    await client.close();
    await client.moment('level_up', CONTEXT).catch(() => undefined);
    const error = { operation: 'moment', durationMs, outcome: 'error' };
    expect(settled).toEqual([
      { ...error, operation: 'session_start', attempts: 2, code: 'http_status' },
      { ...error, attempts: 1, code: 'invalid_response' },
      { ...error, attempts: 1, code: 'connection' },
      { ...error, attempts: 0, code: 'overloaded' },
      { ...error, attempts: 1, code: 'timeout' },
      { ...error, attempts: 0, code: 'aborted' },
      { ...error, attempts: 0, code: 'closed' },
    ]);
  });

  test('of pings and ping tests', async () => {
    const settled: PingSettledEvent[] = [];
    const answers = [ok, { ...ok, status: 403 }, { ...ok, body: '{"errors":{}}' }, { ...ok, status: 401 }];
    const kaminari = new KaminariClient({
      kmnrKey: 'k',
      transport: { send: () => Promise.resolve(answers.shift() ?? ok) },
      hooks: { onSettled: (event) => void settled.push(event) },
    });
    await kaminari.ping(impression());
    await kaminari.ping(impression());
    await kaminari.test(impression());
    await kaminari.test(impression()).catch(() => undefined);
    await kaminari.close();
    await kaminari.ping(impression());
    const ping = { operation: 'ping', host: 'kaminari.systems', durationMs };
    expect(settled).toEqual([
      { ...ping, attempts: 1, outcome: 'accepted', result: { status: 'delivered', attempts: 1 } },
      {
        ...ping,
        attempts: 1,
        outcome: 'error',
        code: 'rejected',
        result: { status: 'rejected', httpStatus: 403, attempts: 1 },
      },
      { operation: 'pingtest', host: 'kaminari.systems', attempts: 1, durationMs, outcome: 'accepted' },
      {
        operation: 'pingtest',
        host: 'kaminari.systems',
        attempts: 1,
        durationMs,
        outcome: 'error',
        code: 'http_status',
      },
      { ...ping, attempts: 0, outcome: 'error', code: 'aborted', result: { status: 'aborted', attempts: 0 } },
    ]);
  });
});

describe('channels', () => {
  const NAMES = ['request', 'response', 'retry', 'settled'];
  const published: [string, unknown][] = [];
  const listeners = NAMES.map(
    (name) =>
      (message: unknown): void =>
        void published.push([name, message]),
  );
  beforeEach(() => {
    published.length = 0;
    NAMES.forEach((name, i) => channel(`kiip-s2s:${name}`).subscribe(listeners[i] ?? (() => undefined)));
  });
  afterEach(() =>
    NAMES.forEach((name, i) => channel(`kiip-s2s:${name}`).unsubscribe(listeners[i] ?? (() => undefined))),
  );

  test('carry the events of both clients, without hooks too', async () => {
    const answers = [{ ...ok, status: 503 }, ok, { ...ok, status: 204 }, ok];
    const transport: Transport = { send: () => Promise.resolve(answers.shift() ?? ok) };
    const client = new KiipClient({ ...APP, transport, retry: { baseDelayMs: 1 } });
    const kaminari = new KaminariClient({ kmnrKey: 'k', transport, retry: { baseDelayMs: 1 } });
    await client.startSession(CONTEXT);
    await kaminari.ping(impression());
    const attempt = ['request', 'response'];
    const told = [...attempt, 'retry', ...attempt, 'settled'];
    expect(published.map(([name]) => name)).toEqual([...told, ...told]);
    expect(published.map(([, event]) => (event as { operation: string }).operation)).toEqual([
      ...told.map(() => 'session_start'),
      ...told.map(() => 'ping'),
    ]);
    const shown = inspect(published, { depth: 20 });
    for (const secret of Object.values(SECRETS)) expect(shown).not.toContain(String(secret));
  });
});

describe('the tracing channel', () => {
  const spans = new AsyncLocalStorage<{ readonly id: number }>();
  const trace = tracingChannel('kiip-s2s:call');
  const seen: [string, object][] = [];
  let count = 0;
  const note =
    (name: string) =>
    (context: object): void =>
      void seen.push([name, { ...context }]);
  const subscribers = {
    start: note('start'),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  beforeEach(() => {
    seen.length = 0;
    trace.subscribe(subscribers);
    trace.start.bindStore(spans, () => ({ id: ++count }));
  });
  afterEach(() => {
    trace.start.unbindStore(spans);
    trace.unsubscribe(subscribers);
  });

  test('a store spans each call: its requests, pauses and hooks, also when it waited in line', async () => {
    const told: [string, number | undefined][] = [];
    const tell = (what: string) => (): void => void told.push([what, spans.getStore()?.id]);
    let requests = 0;
    const client = new KiipClient({
      ...APP,
      maxConcurrent: 1,
      retry: { baseDelayMs: 1 },
      transport: {
        send: async () => {
          tell('send')();
          await sleep(5);
          requests += 1;
          return requests === 1 ? { ...ok, status: 503 } : ok;
        },
      },
      hooks: { onRequest: tell('request'), onRetry: tell('retry'), onSettled: tell('settled') },
    });
    const first = client.moment('first', CONTEXT);
    const second = client.moment('second', CONTEXT);
    await Promise.all([first, second]);
    const id = count - 1;
    expect(told.filter(([, of]) => of === id).map(([what]) => what)).toEqual([
      'request',
      'send',
      'retry',
      'request',
      'send',
      'settled',
    ]);
    expect(told.filter(([, of]) => of === id + 1).map(([what]) => what)).toEqual(['request', 'send', 'settled']);
    expect(spans.getStore()).toBeUndefined();
  });

  test('tells how the call ended, with our own errors only', async () => {
    const send: Transport['send'] = () => Promise.resolve({ ...ok, body: REWARD_JSON });
    const { client } = makeClient(send);
    const outcome = await client.moment('level_up', CONTEXT);
    expect(outcome.rewarded).toBe(true);
    const refused = makeClient(() => Promise.resolve({ ...ok, status: 401 })).client;
    await expect(refused.moment('level_up', CONTEXT)).rejects.toMatchObject({ status: 401 });
    const host = 'api.kiip.me';
    expect(seen).toMatchObject([
      ['start', { operation: 'moment', host }],
      ['asyncEnd', { operation: 'moment', host, attempts: 1, durationMs, outcome: 'rewarded' }],
      ['start', { operation: 'moment', host }],
      ['error', { error: { code: 'http_status' } }],
      ['asyncEnd', { operation: 'moment', attempts: 1, outcome: 'error', code: 'http_status' }],
    ]);
    const shown = inspect(seen, { depth: 20 });
    for (const secret of [...Object.values(SECRETS), 'Virtual Click']) expect(shown).not.toContain(String(secret));
  });

  test('spans pings too', async () => {
    const kaminari = new KaminariClient({ kmnrKey: 'k', transport: { send: () => Promise.resolve(ok) } });
    await kaminari.ping(impression());
    expect(seen.map(([name]) => name)).toEqual(['start', 'asyncEnd']);
    expect(seen[1]?.[1]).toMatchObject({ operation: 'ping', outcome: 'accepted' });
  });
});
