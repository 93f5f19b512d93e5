import {
  adviseOn,
  buildMoment,
  buildSessionStart,
  KiipClient,
  type Advice,
  type AppIdentity,
  type ContextDefaults,
  type DeviceContext,
  type Hooks,
  type KiipClientOptions,
  type MomentOutcome,
  type MomentPayload,
  type Platform,
  type PlayerSession,
  type SessionPayload,
} from 'kiip-s2s';
import { APP, CONTEXT } from '../support/context.js';

// What the type checker is asked here is asked again of the published declarations, by several compilers (__tests__/consumers).

const answering = { send: () => Promise.resolve({ status: 200, headers: {}, body: '{}' }) };
const player = { device: { id: 'x', os: 'iOS 18', lang: 'en', locale: 'en_US' }, connection: { ip: '54.174.101.1' } };
const rest = { device: { id: 'x', locale: 'en_US' }, connection: { ip: '54.174.101.1' } };
const options: KiipClientOptions = { ...APP, transport: answering };

const reward = (client: KiipClient, context: DeviceContext): Promise<MomentOutcome> =>
  client.moment('level_up', context);
const rewardOfKiip = (client: KiipClient<'kiip'>, context: DeviceContext<'kiip'>): Promise<MomentOutcome> =>
  client.moment('level_up', context);
const rewardOfAny = <P extends Platform>(client: KiipClient<P>, context: DeviceContext<P>): Promise<MomentOutcome> =>
  client.moment('level_up', context);

test('a client with defaults asks for what they leave out, takes whole contexts, and passes as a plain client', async () => {
  const client = new KiipClient({
    ...options,
    defaults: { device: { os: 'iOS 18', lang: 'en' }, connection: { type: 'WIFI' } },
  });
  const plain: KiipClient = client;
  const bound: PlayerSession = client.session(rest);
  await client.moment('level_up', rest);
  await reward(client, CONTEXT);
  await reward(plain, CONTEXT);
  await bound.start();
  // @ts-expect-error the locale is not among the defaults
  await expect(client.moment('level_up', { ...rest, device: { id: 'x' } })).rejects.toMatchObject({
    issues: [{ path: 'device.locale' }],
  });
  // @ts-expect-error a misspelt field
  expect(() => new KiipClient({ ...options, defaults: { device: { oss: 'iOS' } } })).toThrow(/defaults\.device\.oss/);
  const typed: ContextDefaults = { device: { os: 'iOS 18' } };
  const wide: KiipClient = new KiipClient({ ...options, defaults: typed });
  await reward(wide, CONTEXT);
});

test('the dialect decides what is asked and what is refused, in calls, options, defaults and payloads', async () => {
  const kiip = new KiipClient({ ...APP, transport: answering, platform: 'kiip' });
  await rewardOfKiip(kiip, player);
  await rewardOfAny(kiip, player);
  await rewardOfAny(new KiipClient(options), CONTEXT);
  const refused = [
    // @ts-expect-error NinthDecimal's
    () => new KiipClient({ ...APP, platform: 'kiip', bundleId: 'x' }),
    // @ts-expect-error NinthDecimal's
    () => new KiipClient({ ...APP, platform: 'kiip', defaults: { consent: { optedOut: true } } }),
    // @ts-expect-error NinthDecimal's
    () => new KiipClient({ ...APP, platform: 'kiip', defaults: { bundleId: 'x' } }),
    // @ts-expect-error NinthDecimal's
    () => new KiipClient({ ...APP, platform: 'kiip', defaults: { location: { accuracy: 5 } } }),
  ];
  for (const make of refused) expect(make).toThrow(/NinthDecimal only/);
  const app: AppIdentity<'kiip'> = { ...APP, platform: 'kiip', bundleId: undefined };
  const context: DeviceContext<'kiip'> = {
    ...player,
    location: { lat: 1, lng: 2, accuracy: undefined },
    consent: undefined,
  };
  const ofKiip: MomentPayload<'kiip'> = buildMoment(app, 'level_up', context);
  const either: MomentPayload = buildMoment(APP, 'level_up', CONTEXT);
  const session: SessionPayload = buildSessionStart(APP, CONTEXT, { at: undefined });
  const advice: Advice[] = [ofKiip, either, session].flatMap((payload) => adviseOn(payload));
  expect(advice.length).toBeGreaterThan(0);
  // @ts-expect-error no such key in this dialect
  expect(ofKiip.user_consent_info).toBeUndefined();
});

test('a platform known at run time only', async () => {
  const platform = (process.env['KIIP_PLATFORM'] ?? 'kiip') as Platform;
  const client = new KiipClient({ ...APP, transport: answering, platform, defaults: { device: { lang: 'en' } } });
  expect(await client.moment('level_up', player)).toMatchObject({ rewarded: false });
});

test('hooks as objects, arrows and async functions; outcomes tell the two cases apart', async () => {
  const seen: number[] = [];
  const hooks: Hooks = {
    onRequest: ({ attempt }) => void seen.push(attempt),
    onResponse(event) {
      seen.push(event.status);
    },
    onRetry: async ({ delayMs }) => void seen.push(await Promise.resolve(delayMs)),
  };
  const outcome = await reward(new KiipClient({ ...options, hooks }), CONTEXT);
  expect(seen).toEqual([1, 200]);
  // @ts-expect-error no reward before `rewarded` was asked
  expect(outcome.reward).toBeUndefined();
  const reason: 'no_reward' | 'blocked_country' | null = outcome.rewarded ? null : outcome.reason;
  expect(reason).toBe('no_reward');
});
