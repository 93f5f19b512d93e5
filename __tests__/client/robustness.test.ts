import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  buildMoment,
  buildSessionEnd,
  buildSessionStart,
  isKiipError,
  KiipClient,
  KiipConfigError,
  KiipValidationError,
  type CallEvent,
  type Hooks,
  type Transport,
} from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import { createCallbackReceiver, memoryLedger, memoryRewardBook } from 'kiip-s2s/callbacks';
import { memoryConsentStore } from 'kiip-s2s/consent';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { Gate } from '../../src/call/gate.js';
import type { Timed } from '../../src/call/underway.js';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';

const ok = { status: 200, headers: {}, body: REWARD_JSON };
const answering: Transport = { send: () => Promise.resolve(ok) };
const clientWith = (send: unknown, over: object = {}): KiipClient =>
  new KiipClient({ ...APP, transport: { send } as Transport, retry: { maxAttempts: 2, baseDelayMs: 1 }, ...over });

describe('options of a call', () => {
  const client = clientWith(answering.send);

  test.each<[string, unknown, string[]]>([
    ['null', null, ['options']],
    ['a signal of the wrong type', { signal: {} }, ['signal']],
    ['a controller for its signal', { signal: new AbortController() }, ['signal']],
    ['a null signal', { signal: null }, ['signal']],
    ['limits', { timeoutMs: 0, deadlineMs: 2 ** 31 }, ['timeoutMs', 'deadlineMs']],
    ['limits as text', { timeoutMs: '5' }, ['timeoutMs']],
    [
      'events',
      { events: [null, { id: 'x' }], timeoutMs: -1 },
      ['events[0]', 'events[1].id', 'events[1].start', 'timeoutMs'],
    ],
  ])('%s: refused before anything is sent, all at once', async (_, options, paths) => {
    const error = await client.moment('level_up', CONTEXT, options as never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KiipValidationError);
    expect((error as KiipValidationError).issues.map(({ path }) => path)).toEqual(paths);
  });

  test('together with the problems of the context', async () => {
    await expect(client.startSession({} as never, { at: 'now' as never, signal: 5 as never })).rejects.toMatchObject({
      issues: ['device.id', 'device.os', 'device.lang', 'device.locale', 'connection.ip', 'at', 'signal'].map((path) =>
        expect.objectContaining({ path }),
      ) as unknown,
    });
  });
});

describe('objects of classes', () => {
  class Metrics implements Hooks {
    seen = 0;
    onRequest({ attempt }: CallEvent): void {
      this.seen += attempt;
    }
  }
  class Player {
    readonly #id = 'of-a-private-field';
    get device() {
      return { ...CONTEXT.device, id: this.#id };
    }
    get connection() {
      return CONTEXT.connection;
    }
    get name(): string {
      return 'not a field of ours, and not sent';
    }
  }

  test('as hooks, with a state of their own', async () => {
    const metrics = new Metrics();
    const client = clientWith(answering.send, { hooks: metrics });
    await client.moment('level_up', CONTEXT);
    expect(metrics.seen).toBe(1);
    expect(() => clientWith(answering.send, { hooks: { onRequets: () => {} } })).toThrow(
      /hooks\.onRequets is not a known field/,
    );
  });

  test.each([{}, { defaults: { device: { os: 'Android 14' }, connection: { type: 'WIFI' } } }])(
    'as a context, its accessors included, with %j',
    async (over) => {
      const bodies: string[] = [];
      const client = clientWith(({ body }: { body: string }) => {
        bodies.push(body);
        return Promise.resolve(ok);
      }, over);
      await client.moment('level_up', new Player());
      expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
        device: { id: 'of-a-private-field' },
        connection: { ip: CONTEXT.connection.ip },
      });
      expect(bodies[0]).not.toContain('not a field of ours');
    },
  );

  test('as options', () => {
    class Settings {
      get appKey() {
        return 'key';
      }
      get appVersion() {
        return '1';
      }
      get test() {
        return true;
      }
      get timeoutMs() {
        return 0;
      }
    }
    const make = () => new KiipClient(new Settings());
    expect(make).toThrow(KiipConfigError);
    expect(make).toThrow(/^KiipClient: timeoutMs must be a whole number of milliseconds from 1 to 2147483647\.$/);
  });
});

describe('messages of bad options say what to do', () => {
  test.each<[object, RegExp]>([
    [{ retry: true }, /retry must be false or \{ maxAttempts/],
    [{ retry: { maxAttempts: '3' } }, /retry\.maxAttempts must be a whole number of attempts from 1/],
    [{ retry: { attempts: 3 } }, /retry\.\(unknown key\) is not a known field: the known ones are maxAttempts/],
    [{ hooks: null }, /hooks must be an object \{ onRequest/],
    [{ paths: null }, /paths must be an object \{ session, moment, consent \}/],
    [{ defaults: 5 }, /defaults must be an object: parts of a context/],
    [{ defaults: { device: null } }, /defaults\.device must be an object .*, not null: leave it out/],
    [{ baseUrl: 5 }, /baseUrl must be an absolute URL such as 'https:\/\/api\.kiip\.me'/],
    [{ blockedCountries: ['DE', 'DEU'] }, /blockedCountries\[1\] must be 'eea', 'gdpr' or a two-letter country code/],
    [{ base_url: 'https://x.org' }, /did you mean baseUrl/],
    [{ a05a2fd245170d452de01a6abc7869: 1 }, /\(unknown key\) is not a known field/],
  ])('%j', (over, message) => {
    expect(() => new KiipClient({ ...APP, ...over })).toThrow(message);
  });
});

describe('a transport of the caller’s that is not what it should be', () => {
  test.each<[string, () => unknown, object]>([
    ['undefined', () => Promise.resolve(), { code: 'connection', reason: 'invalid_transport_answer' }],
    [
      'no status',
      () => Promise.resolve({ headers: {}, body: '' }),
      { code: 'connection', reason: 'invalid_transport_answer' },
    ],
    [
      'no body',
      () => Promise.resolve({ status: 200, headers: {} }),
      { code: 'connection', reason: 'invalid_transport_answer' },
    ],
    ['no headers', () => Promise.resolve({ status: 200, body: '[]' }), { code: 'invalid_response', contentType: null }],
    [
      'no headers, 503',
      () => Promise.resolve({ status: 503, body: '' }),
      { code: 'http_status', retryAfterMs: null, attempts: 2 },
    ],
    ['null thrown', () => Promise.reject(null as unknown as Error), { code: 'connection', reason: 'transport_failed' }],
    [
      'a revoked proxy thrown',
      () => {
        const { proxy, revoke } = Proxy.revocable(new Error('private'), {});
        revoke();
        throw proxy;
      },
      { code: 'connection', reason: 'transport_failed', attempts: 1 },
    ],
    [
      'a thrown exception',
      () => {
        throw new Error('private');
      },
      { code: 'connection', reason: 'transport_failed', attempts: 1 },
    ],
  ])('%s', async (_, send, expected) => {
    const client = clientWith(send);
    const error = await client.moment('level_up', CONTEXT).catch((thrown: unknown) => thrown);
    expect(isKiipError(error)).toBe(true);
    expect(error).toMatchObject(expected);
    await client.close();
  });

  test('a TransportError of the other module format’s copy counts as one; its reason is a word or nothing', async () => {
    const foreign = (over: object): Error =>
      Object.assign(new Error('x'), {
        name: 'TransportError',
        kind: 'connection',
        reason: 'ECONNREFUSED',
        maybeSent: false,
        ...over,
      });
    const thrown = [
      foreign({}),
      foreign({ reason: 'user 77 at 203.0.113.77', maybeSent: undefined }),
      foreign({ reason: 5, kind: 'too_large', status: 200, contentType: 'text/html' }),
      foreign({ kind: 'else' }),
    ];
    const errors: unknown[] = [];
    for (const error of thrown) {
      const client = clientWith(() => Promise.reject(error));
      errors.push(await client.moment('level_up', CONTEXT).catch((caught: unknown) => caught));
    }
    expect(errors).toMatchObject([
      { code: 'connection', reason: 'ECONNREFUSED', attempts: 2 },
      { code: 'connection', reason: 'unknown', attempts: 1 },
      { code: 'invalid_response', status: 200, contentType: 'text/html' },
      { code: 'connection', reason: 'transport_failed', attempts: 1 },
    ]);
  });
});

describe('under load', () => {
  test('a place that is handed to a call in the turn in which it gives up is passed on', async () => {
    const gate = new Gate(1);
    const [first, second, third] = [1, 2, 3].map(() => ({ deadlineAt: Infinity })) as [Timed, Timed, Timed];
    expect(gate.tryEnter(first)).toBe(true);
    const controller = new AbortController();
    const waiting = gate.enter(second, 10_000, controller.signal);
    controller.abort();
    gate.leave(first);
    expect(gate.tryEnter(third)).toBe(false);
    expect(await waiting).toBe('aborted');
    expect(gate.tryEnter(third)).toBe(true);
  });

  test('aborting queued calls in any turn loses no place, and close() returns', async () => {
    const answers: ((answer: typeof ok) => void)[] = [];
    const client = new KiipClient({
      ...APP,
      maxConcurrent: 1,
      transport: { enforcesLimits: true, send: () => new Promise((resolve) => answers.push(resolve)) },
    });
    const answer = (): void => answers.shift()?.(ok);
    for (let turns = 0; turns < 12; turns += 1) {
      const { signal, abort } = ((controller) => ({ signal: controller.signal, abort: () => controller.abort() }))(
        new AbortController(),
      );
      const calls = [client.moment('first', CONTEXT), client.moment('second', CONTEXT, { signal })];
      answer();
      let turn = Promise.resolve();
      for (let i = 0; i < turns; i += 1) turn = turn.then(() => {});
      void turn.then(abort);
      await sleep(1);
      answer();
      await Promise.allSettled(calls);
    }
    const last = client.moment('last', CONTEXT, { deadlineMs: 1_000 });
    await sleep(1);
    expect(answers).toHaveLength(1);
    answer();
    expect(await last).toMatchObject({ rewarded: true });
    await client.close();
  });

  test('a thousand calls share one signal, in the queue, in flight and in pauses, and one listener; none stays', async () => {
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    let sent = 0;
    // Node warns of a leak from the eleventh listener on.
    let most = 0;
    const send: Transport['send'] = async () => {
      sent += 1;
      most = Math.max(most, listeners());
      await sleep(1);
      return sent % 3 === 0 ? { status: 503, headers: {}, body: '' } : ok;
    };
    const client = clientWith(send, { maxConcurrent: 100 });
    await Promise.allSettled(Array.from({ length: 1_000 }, () => client.moment('level_up', CONTEXT, { signal })));
    await client.close();
    expect(sent).toBeGreaterThan(1_000);
    expect(most).toBe(1);
    expect(listeners()).toBe(0);
  });

  test('one abort ends them all at once', async () => {
    const controller = new AbortController();
    const client = clientWith(() => new Promise(() => {}), { maxConcurrent: 10 });
    const calls = Array.from({ length: 1_000 }, () =>
      client.moment('level_up', CONTEXT, { signal: controller.signal }).catch((error: { code: string }) => error.code),
    );
    await sleep(1);
    controller.abort();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['aborted']));
    await client.close();
  });

  test('a call whose time is over when its turn comes is not sent', async () => {
    let sent = 0;
    const client = clientWith(
      async () => {
        sent += 1;
        await sleep(20);
        return ok;
      },
      { maxConcurrent: 1 },
    );
    const first = client.moment('first', CONTEXT);
    const late = client.moment('late', CONTEXT, { deadlineMs: 30 }).catch((error: unknown) => error);
    await sleep(10);
    // The timer of the deadline and the answer are both due when the process comes round again.
    for (const until = performance.now() + 40; performance.now() < until;);
    await first;
    expect(await late).toMatchObject({ code: 'timeout', scope: 'deadline', attempts: 0 });
    expect(sent).toBe(1);
    await client.close();
  });
});

describe('a session handle that is left in the middle of a call', () => {
  test('waits for a start under way and ends what it started; an end under way is not repeated', async () => {
    const seen: string[] = [];
    const client = clientWith(async ({ body }: { body: string }) => {
      await sleep(5);
      seen.push(/session_start|session_end/.exec(body)?.[0] ?? '');
      return { ...ok, body: '{}' };
    });
    {
      await using session = client.session(CONTEXT);
      void session.start();
    }
    expect(seen).toEqual(['session_start', 'session_end']);
    {
      await using session = client.session(CONTEXT);
      await session.start();
      void session.end();
    }
    expect(seen.slice(2)).toEqual(['session_start', 'session_end']);
  });

  test('a start that failed leaves nothing to end', async () => {
    const client = clientWith(() => Promise.resolve({ status: 400, headers: {}, body: '' }));
    const session = client.session(CONTEXT);
    await expect(session.start()).rejects.toMatchObject({ status: 400 });
    await session[Symbol.asyncDispose]();
  });
});

describe('options that are null', () => {
  const methods: [string, (client: KiipClient) => unknown][] = [
    ['startSession', (client) => client.startSession(CONTEXT, null as never)],
    ['endSession', (client) => client.endSession(CONTEXT, null as never)],
    ['moment', (client) => client.moment('m', CONTEXT, null as never)],
    ['openSession', (client) => client.openSession(CONTEXT, null as never)],
    ['reportConsents', (client) => client.reportConsents([{ deviceId: 'd', optedOut: true }], null as never)],
    ['session.start', (client) => client.session(CONTEXT).start(null as never)],
    ['session.moment', (client) => client.session(CONTEXT).moment('m', null as never)],
    ['session.end', (client) => client.session(CONTEXT).end(null as never)],
  ];
  test.each(methods)('%s refuses them in the one wording', async (_, call) => {
    await expect(call(clientWith(answering.send))).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'options', message: 'must be an object' }],
    });
  });

  test('updateConsent refuses them, bound or not, and stores nothing', async () => {
    const consentStore = memoryConsentStore();
    const client = new KiipClient({ ...APP, transport: answering, consentStore });
    const context = { ...CONTEXT, consent: undefined };
    const issues = [{ path: 'options', message: 'must be an object' }];
    const choice = { optedOut: true };
    await expect(client.updateConsent(context, choice, null as never)).rejects.toMatchObject({ issues });
    await expect(client.session(context).updateConsent(choice, null as never)).rejects.toMatchObject({ issues });
    expect(await consentStore.history(context.user?.userId ?? '')).toEqual([]);
  });

  const kaminari = new KaminariClient({ kmnrKey: 'k', transport: answering });
  const impression = { kmnrId: 'a', visitor: { ip: '203.0.113.7', forwardedFor: '', headers: {} } };
  const others: [string, () => unknown][] = [
    ['ping', () => kaminari.ping(impression, null as never)],
    ['test', () => kaminari.test(impression, null as never)],
    ['conversion', () => kaminari.conversion({ cnvId: 'c', status: 'l1' }, null as never)],
    ['scriptTag', () => kaminari.scriptTag({ kmnrId: 'a' }, null as never)],
    ['middleware', () => kaminari.middleware(null as never)],
    ['close', () => kaminari.close(null as never)],
    ['buildSessionStart', () => buildSessionStart(APP, CONTEXT, null as never)],
    ['buildSessionEnd', () => buildSessionEnd(APP, CONTEXT, null as never)],
    ['buildMoment', () => buildMoment(APP, 'm', CONTEXT, null as never)],
    ['memoryLedger', () => memoryLedger(null as never)],
    ['memoryRewardBook', () => memoryRewardBook(null as never)],
    ['createCallbackReceiver', () => createCallbackReceiver(null as never)],
    ['createTransport', () => createTransport(null as never)],
  ];
  test.each(others)('%s refuses them too', async (_, call) => {
    await expect(Promise.resolve().then(call)).rejects.toMatchObject({
      issues: [{ path: 'options', message: 'must be an object' }],
    });
  });
});
