import {
  KiipClient,
  KiipConfigError,
  KiipConnectionError,
  KiipValidationError,
  type ConsentReport,
  type DeviceContext,
  type KiipClientOptions,
  type Transport,
  type TransportRequest,
} from 'kiip-s2s';
import { memoryConsentStore, type ConsentStore } from 'kiip-s2s/consent';
import { APP, CONTEXT, REWARD_JSON, SECRETS } from '../support/context.js';

type Reply = { status: number; body?: string } | Error;
interface Wire {
  path: string;
  user_consent_info?: { user_compliance: boolean; state?: string };
  events?: { id: string; start: string }[];
  moment?: object;
}

/** A transport that notes what goes out and answers from a script; the last reply stays. */
function scripted(...replies: Reply[]) {
  const sent: Wire[] = [];
  const transport: Transport = {
    send(request: TransportRequest) {
      sent.push({ path: new URL(request.url).pathname, ...(JSON.parse(request.body) as object) });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      if (reply instanceof Error) return Promise.reject(reply);
      return Promise.resolve({ status: reply?.status ?? 200, headers: {}, body: reply?.body ?? '{}' });
    },
  };
  const choices = (): (boolean | undefined)[] => sent.map((wire) => wire.user_consent_info?.user_compliance);
  return { sent, choices, transport };
}

const CONTEXT_OF: DeviceContext & { consent?: undefined } = { ...CONTEXT, consent: undefined };
const TABLET = { ...CONTEXT_OF, device: { ...CONTEXT.device, id: 'tablet' } };
const at = (second: number): Date => new Date(Date.UTC(2025, 0, 1, 0, 0, second));
const fast = { retry: { baseDelayMs: 1, maxDelayMs: 1 } };

function setUp(script: ReturnType<typeof scripted>, options: Partial<KiipClientOptions> = {}) {
  const consentStore = memoryConsentStore();
  const client = new KiipClient({ ...APP, ...fast, transport: script.transport, ...options, consentStore });
  return { client, consentStore };
}

describe('with a consent store', () => {
  test('every call for a pair carries what is due until one has succeeded, and then no more; each device for itself', async () => {
    const script = scripted({ status: 500 }, { status: 200 });
    const { client, consentStore } = setUp(script);
    await consentStore.put(SECRETS.userId, { optedOut: true, state: 'CA', at: at(1) });
    await expect(client.moment('m', CONTEXT_OF)).rejects.toMatchObject({ status: 500 });
    await client.startSession(CONTEXT_OF);
    await client.moment('m', CONTEXT_OF);
    await client.moment('m', TABLET);
    await client.endSession(TABLET);
    expect(script.choices()).toEqual([true, true, undefined, true, undefined]);
    expect(script.sent[0]?.user_consent_info).toEqual({ user_compliance: true, state: 'CA' });
    expect((await consentStore.history(SECRETS.userId)).map(({ kind }) => kind)).toEqual([
      'chosen',
      'delivered',
      'delivered',
    ]);
  });

  test('the store is asked before each attempt: a choice that comes between two attempts goes out with the second', async () => {
    const script = scripted({ status: 503 }, { status: 200 });
    const { client, consentStore } = setUp(script);
    await consentStore.put(SECRETS.userId, { optedOut: false, at: at(1) });
    const send = script.transport.send.bind(script.transport);
    script.transport.send = async (request) => {
      const answer = await send(request);
      await consentStore.put(SECRETS.userId, { optedOut: true, at: at(2) });
      return answer;
    };
    await client.startSession(CONTEXT_OF);
    expect(script.choices()).toEqual([false, true]);
  });

  test('a queued call does not carry an old choice', async () => {
    const script = scripted({ status: 200 });
    const { client, consentStore } = setUp(script, { maxConcurrent: 1 });
    await consentStore.put(SECRETS.userId, { optedOut: false, at: at(1) });
    const first = client.startSession(TABLET);
    const second = client.startSession(CONTEXT_OF);
    await consentStore.put(SECRETS.userId, { optedOut: true, at: at(2) });
    await Promise.all([first, second]);
    expect(script.choices().at(-1)).toBe(true);
  });

  test('calls for one pair at once send a choice once', async () => {
    const script = scripted({ status: 200, body: REWARD_JSON });
    const { client, consentStore } = setUp(script);
    await consentStore.put(SECRETS.userId, { optedOut: true, at: at(1) });
    await Promise.all(Array.from({ length: 20 }, () => client.moment('m', CONTEXT_OF)));
    expect(script.choices().filter((choice) => choice === true)).toHaveLength(1);
    expect(script.sent).toHaveLength(20);
  });

  test('calls for one pair go on when the one that carries the choice is aborted', async () => {
    const silent = scripted({ status: 200 });
    let isFirst = true;
    const { client, consentStore } = setUp({
      ...silent,
      transport: {
        send: (request) => {
          if (!isFirst) return silent.transport.send(request);
          isFirst = false;
          return new Promise(() => {});
        },
      },
    });
    await consentStore.put(SECRETS.userId, { optedOut: true, at: at(1) });
    const controller = new AbortController();
    const hanging = client.moment('m', CONTEXT_OF, { signal: controller.signal });
    const waiting = client.moment('m', CONTEXT_OF);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(silent.sent).toHaveLength(0);
    controller.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'aborted' });
    await waiting;
    expect(silent.choices()).toEqual([true]);
  });

  test('a refusal under 200 and a blocked country leave it due', async () => {
    const script = scripted({ status: 200, body: '{"error":"no"}' }, { status: 200 });
    const { client, consentStore } = setUp(script, { blockedCountries: 'eea', unknownCountry: 'send' });
    await consentStore.put(SECRETS.userId, { optedOut: true, at: at(1) });
    await expect(client.startSession(CONTEXT_OF)).rejects.toMatchObject({ code: 'refused' });
    await client.startSession({ ...CONTEXT_OF, country: 'DE' });
    expect(await consentStore.due(SECRETS.userId, SECRETS.deviceId)).not.toBeNull();
    await client.startSession(CONTEXT_OF);
    expect(script.choices()).toEqual([true, true]);
  });

  test('a store that cannot be asked fails the call, with nothing sent', async () => {
    const script = scripted({ status: 200 });
    const broken: ConsentStore = { ...memoryConsentStore(), due: () => Promise.reject(new Error(SECRETS.userId)) };
    const client = new KiipClient({ ...APP, ...fast, transport: script.transport, consentStore: broken });
    const failure = client.moment('m', CONTEXT_OF);
    await expect(failure).rejects.toBeInstanceOf(KiipConnectionError);
    await expect(failure).rejects.toMatchObject({ reason: 'consent_store', attempts: 0 });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining(SECRETS.userId) as string });
    expect(script.sent).toEqual([]);
  });

  test('a store that does not answer ends with the deadline, with nothing sent', async () => {
    const script = scripted({ status: 200 });
    const hanging: ConsentStore = { ...memoryConsentStore(), due: () => new Promise(() => {}) };
    const client = new KiipClient({ ...APP, transport: script.transport, consentStore: hanging });
    await expect(client.moment('m', CONTEXT_OF, { deadlineMs: 30 })).rejects.toMatchObject({ code: 'timeout' });
    expect(script.sent).toEqual([]);
  });

  test('a mark that fails never costs the reward, and the choice stays due', async () => {
    const script = scripted({ status: 200, body: REWARD_JSON });
    const store = memoryConsentStore();
    const broken: ConsentStore = { ...store, delivered: () => Promise.reject(new Error('down')) };
    const client = new KiipClient({ ...APP, transport: script.transport, consentStore: broken });
    await store.put(SECRETS.userId, { optedOut: true, at: at(1) });
    expect(await client.moment('m', CONTEXT_OF)).toMatchObject({ rewarded: true });
    expect(await client.moment('m', CONTEXT_OF)).toMatchObject({ rewarded: true });
    expect(script.choices()).toEqual([true, true]);
    await client.close();
  });

  test('an older choice that another process may have let arrive after a newer one is put right', async () => {
    const script = scripted({ status: 200 });
    const { client, consentStore } = setUp(script);
    await consentStore.put(SECRETS.userId, { optedOut: false, at: at(1) });
    const send = script.transport.send.bind(script.transport);
    script.transport.send = async (request) => {
      const answer = await send(request);
      if (script.sent.length > 1) return answer;
      // Another process stores and delivers a newer choice while this request is under way.
      await consentStore.put(SECRETS.userId, { optedOut: true, at: at(2) });
      await consentStore.delivered(SECRETS.userId, SECRETS.deviceId, at(2));
      return answer;
    };
    await client.moment('m', CONTEXT_OF);
    await client.close();
    expect(script.choices()).toEqual([false, true]);
    expect(script.sent[1]).toMatchObject({ events: [{ id: 'session_start', start: at(2).toISOString() }] });
    expect(script.sent[1]).not.toHaveProperty('moment');
  });

  test('a choice that comes while the last one is being marked goes out once', async () => {
    const script = scripted({ status: 200 });
    const store = memoryConsentStore();
    let isMarking = false;
    const second = { optedOut: true, at: at(2) };
    const consentStore: ConsentStore = {
      ...store,
      async delivered(...args) {
        await store.delivered(...args);
        isMarking = true;
      },
      // The first look at the store after the mark is answered; then the player changes their mind.
      async due(...args) {
        const due = await store.due(...args);
        if (isMarking) await store.put(SECRETS.userId, second);
        return due;
      },
      async history(...args) {
        const history = await store.history(...args);
        if (isMarking) await store.put(SECRETS.userId, second);
        return history;
      },
    };
    const client = new KiipClient({ ...APP, ...fast, transport: script.transport, consentStore });
    await store.put(SECRETS.userId, { optedOut: false, at: at(1) });
    await client.startSession(CONTEXT_OF);
    await new Promise(setImmediate);
    await client.startSession(CONTEXT_OF);
    await client.endSession(CONTEXT_OF);
    await client.close();
    expect(script.choices().filter((choice) => choice === true)).toEqual([true]);
  });

  test('consent in a context is refused, by type and at run time; in defaults and in the kiip dialect too', async () => {
    const script = scripted({ status: 200 });
    const client = new KiipClient({ ...APP, transport: script.transport, consentStore: memoryConsentStore() });
    // @ts-expect-error the store has the player's choice
    const act = client.moment('m', { ...CONTEXT_OF, consent: { optedOut: true } });
    await expect(act).rejects.toMatchObject({ issues: [{ path: 'consent' }] });
    const consentStore = memoryConsentStore();
    expect(() => new KiipClient({ ...APP, consentStore, defaults: { consent: { optedOut: true } } })).toThrow(
      /defaults\.consent/,
    );
    expect(() => new KiipClient({ ...APP, platform: 'kiip', consentStore })).toThrow(/consentStore needs platform/);
    expect(() => new KiipClient({ ...APP, consentStore: {} as never })).toThrow(/memoryConsentStore/);
    expect(script.sent).toEqual([]);
  });
});

describe('updateConsent', () => {
  test('stores and delivers with a session call that has the time of the choice', async () => {
    const script = scripted({ status: 200 });
    const { client } = setUp(script);
    expect(await client.updateConsent(CONTEXT_OF, { optedOut: true, state: 'ca', at: at(5) })).toBe('delivered');
    expect(script.sent).toMatchObject([
      {
        user_consent_info: { user_compliance: true, state: 'CA' },
        events: [{ id: 'session_start', start: at(5).toISOString() }],
      },
    ]);
    expect(await client.updateConsent(CONTEXT_OF, { optedOut: true, state: 'CA', at: at(6) })).toBe('unchanged');
    expect(await client.updateConsent(CONTEXT_OF, { optedOut: false, at: at(4) })).toBe('stale');
    expect(await client.updateConsent(TABLET, { optedOut: true, state: 'CA', at: at(7) })).toBe('delivered');
    expect(script.sent).toHaveLength(2);
  });

  test('pending when the platform cannot be told, and due with the next call', async () => {
    const script = scripted({ status: 500 }, { status: 200 });
    const { client } = setUp(script, { blockedCountries: ['eea'], unknownCountry: 'send' });
    expect(await client.updateConsent({ ...CONTEXT_OF, country: 'FR' }, { optedOut: true, at: at(1) })).toBe('pending');
    expect(await client.updateConsent(CONTEXT_OF, { optedOut: false, at: at(2) })).toBe('pending');
    await client.moment('m', CONTEXT_OF);
    expect(script.choices()).toEqual([false, false]);
  });

  test('rejects when the store fails, without a user, without a store, with a wrong choice, and after close', async () => {
    const script = scripted({ status: 200 });
    const broken: ConsentStore = { ...memoryConsentStore(), put: () => Promise.reject(new Error('down')) };
    const client = new KiipClient({ ...APP, transport: script.transport, consentStore: broken });
    const choice = { optedOut: true };
    await expect(client.updateConsent(CONTEXT_OF, choice)).rejects.toMatchObject({ reason: 'consent_store' });
    await expect(client.updateConsent({ ...CONTEXT_OF, user: {} }, choice)).rejects.toMatchObject({
      issues: [{ path: 'user.userId' }],
    });
    await expect(client.updateConsent(CONTEXT_OF, { optedOut: 'yes' } as never)).rejects.toMatchObject({
      issues: [{ path: 'choice.optedOut' }],
    });
    await expect(client.updateConsent(CONTEXT_OF, choice, { timeoutMS: 1 } as never)).rejects.toBeInstanceOf(
      KiipValidationError,
    );
    await client.close();
    await expect(client.updateConsent(CONTEXT_OF, choice)).rejects.toMatchObject({ code: 'closed' });
    const without = new KiipClient({ ...APP, transport: script.transport });
    await expect(without.updateConsent(CONTEXT, choice)).rejects.toBeInstanceOf(KiipConfigError);
    expect(script.sent).toEqual([]);
  });

  test('of an open session: the session’s own start is repeated, and its end reverts nothing', async () => {
    const script = scripted({ status: 200 });
    const { client } = setUp(script);
    const session = await client.openSession(CONTEXT_OF, { at: at(1) });
    expect(await session.updateConsent({ optedOut: true })).toBe('delivered');
    await session.end();
    expect(script.choices()).toEqual([undefined, true, undefined]);
    expect(script.sent[1]?.events).toEqual([{ id: 'session_start', start: at(1).toISOString() }]);
  });
});

test('without a store a bound session says its choice until one call succeeded: its end does not revert a newer one', async () => {
  const script = scripted({ status: 500 }, { status: 200 });
  const client = new KiipClient({ ...APP, ...fast, transport: script.transport });
  const session = client.session({ ...CONTEXT, consent: { optedOut: false } });
  await expect(session.start()).rejects.toMatchObject({ status: 500 });
  await session.start();
  await client.startSession({ ...CONTEXT, consent: { optedOut: true } });
  await session.moment('m');
  await session.end();
  expect(script.choices()).toEqual([false, false, true, undefined, undefined]);
});

describe('reportConsents', () => {
  const reports = (length: number): ConsentReport[] =>
    Array.from({ length }, (_, index) => ({ deviceId: `device-${index}`, optedOut: index % 2 === 0, state: 'ca' }));

  test('the vendor’s batch endpoint, at most 500 in a request, repeated like a session', async () => {
    const script = scripted({ status: 503 }, { status: 200 });
    const operations = new Set<string>();
    const client = new KiipClient({
      ...APP,
      ...fast,
      bundleId: 'me.kiip.SampleApp',
      dnsCompliance: true,
      transport: script.transport,
      hooks: { onSettled: ({ operation, outcome }) => void operations.add(`${operation} ${outcome}`) },
    });
    await client.reportConsents([{ ...reports(1)[0], userId: 'johndoe' } as ConsentReport, ...reports(1_200)]);
    expect(script.sent.map(({ path }) => path)).toEqual(Array(4).fill('/ccpaconsent/'));
    const sizes = script.sent.map((wire) => (wire.user_consent_info as unknown as unknown[]).length);
    expect(sizes).toEqual([500, 500, 500, 201]);
    expect(script.sent[0]).toMatchObject({
      app: { app_key: APP.appKey, bundle_id: 'me.kiip.SampleApp', dns_compliance: true },
      user_consent_info: [
        { device_id: 'device-0', user_compliance: true, state: 'CA', user_id: 'johndoe' },
        ...Array(499).fill(expect.anything()),
      ],
    });
    expect([...operations]).toEqual(['consent accepted']);
    await client.reportConsents([]);
    expect(script.sent).toHaveLength(4);
  });

  test('its own path; wrong input, a refusal and the kiip dialect reject', async () => {
    const script = scripted({ status: 200, body: '{"error":"Unknown device device-0"}' });
    const client = new KiipClient({ ...APP, transport: script.transport, paths: { consent: '/other' } });
    await expect(client.reportConsents(reports(1))).rejects.toMatchObject({
      code: 'refused',
      operation: 'consent',
      reason: 'Unknown device ***',
    });
    expect(script.sent[0]?.path).toBe('/other');
    await expect(client.reportConsents([{ deviceId: '', optedOut: 1 } as never])).rejects.toMatchObject({
      issues: [{ path: 'reports[0].deviceId' }, { path: 'reports[0].optedOut' }],
    });
    await expect(client.reportConsents('all' as never)).rejects.toBeInstanceOf(KiipValidationError);
    await expect(client.reportConsents([], { deadline: 5 } as never)).rejects.toBeInstanceOf(KiipValidationError);
    const kiip = new KiipClient({ ...APP, platform: 'kiip', transport: script.transport });
    await expect(kiip.reportConsents([])).rejects.toBeInstanceOf(KiipConfigError);
    expect(script.sent).toHaveLength(1);
  });
});

describe('nothing that a player chose is lost', () => {
  test('a signal that has fired ends the sending only: the choice is stored and goes out with the next call', async () => {
    const script = scripted({ status: 200 });
    const { client, consentStore } = setUp(script);
    const signal = AbortSignal.abort();
    expect(await client.updateConsent(CONTEXT_OF, { optedOut: true }, { signal })).toBe('pending');
    expect(script.sent).toEqual([]);
    expect(await consentStore.history(SECRETS.userId)).toMatchObject([{ kind: 'chosen', optedOut: true }]);
    await client.moment('m', CONTEXT_OF);
    expect(script.choices()).toEqual([true]);
  });

  describe('with a clock that stands still', () => {
    afterEach(() => void jest.restoreAllMocks());

    test('the later of two calls wins, for each user, even after a choice that gave the time itself', async () => {
      const now = Date.now();
      jest.spyOn(Date, 'now').mockReturnValue(now);
      const script = scripted({ status: 200 });
      const { client, consentStore } = setUp(script);
      const other = { ...CONTEXT_OF, user: { ...CONTEXT_OF.user, userId: 'somebody else' } };
      expect(await client.updateConsent(CONTEXT_OF, { optedOut: false, at: new Date(now) })).toBe('delivered');
      expect(await client.updateConsent(other, { optedOut: true })).toBe('delivered');
      expect(await client.updateConsent(CONTEXT_OF, { optedOut: true })).toBe('delivered');
      expect(await client.updateConsent(CONTEXT_OF, { optedOut: false, state: 'CA' })).toBe('delivered');
      const choices = (await consentStore.history(SECRETS.userId)).filter(({ kind }) => kind === 'chosen');
      expect(choices.map(({ at }) => at.getTime() - now)).toEqual([0, 1, 2]);
      expect((await consentStore.history('somebody else'))[0]?.at.getTime()).toBe(now);
    });

    test('a clock that was set back leaves no time from the future', async () => {
      const now = Date.now();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
      const { client } = setUp(scripted({ status: 200 }));
      await client.updateConsent(CONTEXT_OF, { optedOut: true });
      clock.mockReturnValue(now);
      const { client: later, consentStore } = setUp(scripted({ status: 200 }));
      await later.updateConsent(CONTEXT_OF, { optedOut: true });
      expect((await consentStore.history(SECRETS.userId))[0]?.at.getTime()).toBe(now);
    });
  });
});
