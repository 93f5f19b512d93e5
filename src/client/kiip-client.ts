/// <reference lib="esnext.disposable" preserve="true" />
import { build } from '../request/build.js';
import type {
  AppIdentity,
  CallContext,
  ContextDefaults,
  DeviceContext,
  Platform,
  SessionEvent,
} from '../request/context.js';
import { withDefaults } from '../request/defaults.js';
import { readMoment, type MomentOutcome } from '../response/moment.js';
import { readSession, type SessionReceipt } from '../response/session.js';
import { holdTransport } from '../transport/own-transport.js';
import { CallLoop } from '../call/call-loop.js';
import { Observer } from '../call/observer.js';
import { VERSION } from '../version.js';
import type { MomentOptions, SessionOptions } from './call-options.js';
import { pickIdentity, readClientOptions, type KiipClientOptions, type Settings } from './client-options.js';
import { PlatformPolicy, type Limits } from './platform-policy.js';
import { PlayerSession } from './player-session.js';

const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  accept: 'application/json',
  'content-type': 'application/json; charset=utf-8',
  'user-agent': `kiip-s2s/${VERSION}`,
});

const makeMomentPolicy = (limits: Limits): PlatformPolicy<MomentOutcome> =>
  new PlatformPolicy<MomentOutcome>({
    operation: 'moment',
    limits,
    read: readMoment,
    summarize: (outcome) => ({ outcome: outcome.rewarded ? 'rewarded' : outcome.reason }),
  });

const makeSessionPolicy = (operation: SessionEvent['id'], limits: Limits): PlatformPolicy<SessionReceipt> =>
  new PlatformPolicy<SessionReceipt>({
    operation,
    limits,
    read: readSession,
    summarize: ({ skipped }) => ({ outcome: skipped ?? 'accepted' }),
  });

/**
 * Talks to the Kiip / NinthDecimal platform on behalf of one app: sessions and moments, with retries, deadlines and limits.
 * Make one per app and keep it; it holds the sockets.
 *
 * Every call rejects with a `KiipError` and nothing else: `KiipValidationError` (nothing was sent), `KiipHttpError`,
 * `KiipConnectionError`, `KiipTimeoutError`, `KiipAbortError`, `KiipResponseError`, `KiipOverloadedError`, `KiipClosedError`. (What a
 * getter of your own context throws passes through as it is.)
 *
 * @example
 * const client = new KiipClient({ appKey, appVersion: '1.4.2', test: true });
 * const outcome = await client.moment('level_up', { device, connection });
 * if (outcome.rewarded) show(outcome.reward.bodyUrl.href);
 */
export class KiipClient<P extends Platform = 'ninthdecimal', D extends ContextDefaults<P> = Record<never, never>> {
  readonly #app: AppIdentity<P>;
  readonly #defaults: D | undefined;
  readonly #settings: Settings;
  readonly #loop: CallLoop;
  readonly #policies: {
    readonly moment: PlatformPolicy<MomentOutcome>;
    readonly session_start: PlatformPolicy<SessionReceipt>;
    readonly session_end: PlatformPolicy<SessionReceipt>;
  };
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | null = null;

  /** @throws `KiipConfigError` with every problem of the options. */
  constructor(options: KiipClientOptions<P, D>) {
    const settings = readClientOptions(options);
    const { limits, host } = settings;
    this.#settings = settings;
    this.#app = pickIdentity(options);
    this.#defaults = options.defaults;
    const { transport, release } = holdTransport(options.transport);
    this.#release = release;
    this.#loop = new CallLoop({
      transport,
      observer: new Observer(options.hooks),
      host,
      maxConcurrent: limits.maxConcurrent,
      maxUnderWay: limits.maxConcurrent + limits.maxQueued,
      whilePausing: 'keeps_place',
      maxResponseBytes: limits.maxResponseBytes,
    });
    this.#policies = {
      moment: makeMomentPolicy(limits),
      session_start: makeSessionPolicy('session_start', limits),
      session_end: makeSessionPolicy('session_end', limits),
    };
  }

  /**
   * Reports that the player opened the game. Repeated after a failed connection, a timeout, 429, 502, 503 and 504: it does no harm twice.
   *
   * @returns The platform's receipt, or one with `skipped` when the player's country is blocked and nothing was sent.
   * @throws `KiipValidationError` with every problem of the input, else a `KiipError` that says how the call ended.
   * @example
   * await client.startSession({ device, connection }, { at: new Date(), deadlineMs: 5_000 });
   */
  startSession(context: CallContext<P, D>, options: SessionOptions = {}): Promise<SessionReceipt> {
    return this.#session('session_start', context, options);
  }

  /** Reports that the player left the game. Repeated as {@link startSession}. */
  endSession(context: CallContext<P, D>, options: SessionOptions = {}): Promise<SessionReceipt> {
    return this.#session('session_end', context, options);
  }

  /**
   * Reports something worth a reward, and returns the reward if there is one. Repeated only when the platform cannot have acted:
   * the connection was never made, or it answered 429 or 503.
   *
   * @param momentId - The id that the dashboard shows for the moment.
   * @throws `KiipValidationError` with every problem of the input, else a `KiipError` that says how the call ended. No reward is an outcome,
   * not an error.
   * @example
   * const outcome = await client.moment('level_up', { device, connection }, { signal: AbortSignal.timeout(5_000) });
   * if (outcome.rewarded) show(outcome.reward.bodyUrl.href);
   */
  async moment(momentId: string, context: CallContext<P, D>, options: MomentOptions = {}): Promise<MomentOutcome> {
    const full = this.#complete(context);
    const payload = build.moment(this.#app, momentId, full, options, true);
    const policy = this.#policies.moment;
    if (this.#blocks(full))
      return this.#loop.runUnsent(policy, { rewarded: false, reason: 'blocked_country', date: null, raw: null });
    return await this.#send(policy, this.#settings.momentUrl, payload, options);
  }

  /**
   * One player's session with the context bound. `await using` ends it when the scope is left, if it was started.
   *
   * @example
   * await using session = client.session({ device, connection });
   * await session.start();
   * await session.moment('level_up');
   */
  session(context: CallContext<P, D>): PlayerSession {
    return new PlayerSession({
      start: (options) => this.startSession(context, options),
      moment: (momentId, options) => this.moment(momentId, context, options),
      end: (options) => this.endSession(context, options),
    });
  }

  /**
   * The same, already started: resolves when the platform has noted the start.
   *
   * @throws what {@link startSession} does; there is nothing to end then.
   * @example
   * await using session = await client.openSession({ device, connection });
   * await session.moment('level_up');
   */
  async openSession(context: CallContext<P, D>, options?: SessionOptions): Promise<PlayerSession> {
    const session = this.session(context);
    await session.start(options);
    return session;
  }

  /** Waits for what is in flight and queued, then frees the sockets. Later calls reject with `KiipClosedError`. */
  close(): Promise<void> {
    this.#closing ??= this.#loop.close().then(this.#release);
    return this.#closing;
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #session(
    operation: SessionEvent['id'],
    context: CallContext<P, D>,
    options: SessionOptions,
  ): Promise<SessionReceipt> {
    const full = this.#complete(context);
    const payload = build.session(operation, this.#app, full, options, true);
    const policy = this.#policies[operation];
    if (this.#blocks(full))
      return this.#loop.runUnsent(policy, { date: null, dateText: null, skipped: 'blocked_country', raw: null });
    return await this.#send(policy, this.#settings.sessionUrl, payload, options);
  }

  #complete(context: CallContext<P, D>): DeviceContext<P> {
    return withDefaults<P>(this.#defaults, context);
  }

  #blocks(context: DeviceContext<P>): boolean {
    return context.country !== undefined && this.#settings.blockedCountries.has(context.country.toUpperCase());
  }

  #send<Result>(
    policy: PlatformPolicy<Result>,
    url: string,
    payload: object,
    { signal, timeoutMs, deadlineMs }: SessionOptions,
  ): Promise<Result> {
    const { limits } = this.#settings;
    return this.#loop.run({
      url,
      headers: HEADERS,
      body: JSON.stringify(payload),
      signal,
      timeoutMs: timeoutMs ?? limits.timeoutMs,
      deadlineMs: deadlineMs ?? limits.deadlineMs,
      policy,
    });
  }
}
