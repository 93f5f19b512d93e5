/// <reference lib="esnext.disposable" preserve="true" />
import { KiipClosedError, KiipConfigError } from '../errors/index.js';
import { buildRewardRequest, buildSession } from '../request/build.js';
import {
  buildConsentReports,
  checkConsentUpdate,
  type ConsentReport,
  type ConsentUpdate,
} from '../request/consent-report.js';
import type { AppIdentity, CallContext, ContextDefaults, DeviceContext, Platform } from '../request/context.js';
import { withDefaults } from '../request/defaults.js';
import { checkSessionOptions, NO_OPTIONS } from '../request/validate.js';
import type { MomentOutcome } from '../response/moment.js';
import type { SessionReceipt } from '../response/session.js';
import type { ConsentStore } from '../stores/consent-store.js';
import { isBlocked } from './blocked-country.js';
import { BoundConsent } from './bound-consent.js';
import { fillTime, type MomentOptions, type SessionOptions } from './call-options.js';
import { pickIdentity, readClientOptions, type KiipClientOptions, type Settings } from './client-options.js';
import { listConsentIssues, readChoiceTime, storeAndSend, type ConsentUpdateOutcome } from './consent-update.js';
import { PlatformCalls } from './platform-calls.js';
import { PlayerSession } from './player-session.js';

/**
 * Talks to the Kiip / NinthDecimal platform on behalf of one app: sessions and moments, with retries, deadlines and
 * limits. Create one client per app and keep it, because it holds the sockets.
 *
 * Calls reject only with a `KiipError`: `KiipValidationError`, `KiipHttpError`, `KiipRefusedError`, `KiipTimeoutError`,
 * `KiipConnectionError`, `KiipAbortError`, `KiipResponseError`, `KiipOverloadedError`, `KiipClosedError`, or
 * `KiipConfigError` for a transport that cannot work. An error from a getter of your context passes unchanged.
 *
 * @example
 * ```ts
 * import { KiipClient, type DeviceContext } from 'kiip-s2s';
 *
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * const client = new KiipClient({ appKey: process.env['KIIP_APP_KEY'] ?? '', appVersion: '1.4.2', test: true });
 * const outcome = await client.moment('level_up', context);
 * if (outcome.rewarded) console.log('show', outcome.reward.bodyUrl.href);
 * ```
 */
export class KiipClient<
  P extends Platform = 'ninthdecimal',
  D extends ContextDefaults<P> = Record<never, never>,
  S extends ConsentStore | undefined = undefined,
> {
  readonly #app: AppIdentity<P>;
  readonly #defaults: D | undefined;
  readonly #settings: Settings;
  readonly #calls: PlatformCalls;
  #closing: Promise<void> | null = null;

  /** @throws `KiipConfigError` with every problem of the options. */
  constructor(options: KiipClientOptions<P, D, S>) {
    this.#settings = readClientOptions(options);
    this.#app = pickIdentity(options);
    this.#defaults = options.defaults;
    this.#calls = new PlatformCalls(this.#settings, options);
  }

  /**
   * Reports that the player opened the game. The call is retried after a failed connection, a timeout, 429, 502, 503
   * and 504, because a repeated start does no harm.
   *
   * @returns the platform's receipt, or one with `skipped` when the player's country is blocked and nothing was sent.
   * @throws `KiipValidationError` with every problem of the input, else a `KiipError` that says how the call ended.
   */
  startSession(context: CallContext<P, D, S>, options: SessionOptions = NO_OPTIONS): Promise<SessionReceipt> {
    return this.#session('session_start', context, options);
  }

  /** Reports that the player left the game. The call is retried, and rejects, like {@link startSession}. */
  endSession(context: CallContext<P, D, S>, options: SessionOptions = NO_OPTIONS): Promise<SessionReceipt> {
    return this.#session('session_end', context, options);
  }

  /**
   * Reports a moment worth a reward, and returns the reward if there is one. The call is retried only when the platform
   * cannot have acted: no connection was made, or the platform answered 429 or 503.
   *
   * @param momentId - the id that the dashboard shows for the moment.
   * @throws `KiipValidationError` with every problem of the input, else a `KiipError` that says how the call ended. No
   * reward is an outcome, not an error.
   */
  moment(momentId: string, context: CallContext<P, D, S>, options: MomentOptions = NO_OPTIONS): Promise<MomentOutcome> {
    return this.#moment(momentId, context, options);
  }

  /**
   * Binds a context to one player's session. `await using` ends a started session when the scope is left.
   *
   * @example
   * ```ts
   * import type { DeviceContext, KiipClient } from 'kiip-s2s';
   *
   * declare const client: KiipClient;
   * declare const context: DeviceContext; // { device, connection, … }
   *
   * await using session = client.session(context);
   * await session.start();
   * await session.moment('level_up');
   * ```
   */
  session(context: CallContext<P, D, S>): PlayerSession {
    const bound = new BoundConsent();
    return new PlayerSession({
      start: (options = NO_OPTIONS) => this.#session('session_start', context, options, bound),
      moment: (momentId, options = NO_OPTIONS) => this.#moment(momentId, context, options, bound),
      end: (options = NO_OPTIONS) => this.#session('session_end', context, options, bound),
      updateConsent: (choice, options = NO_OPTIONS) => this.updateConsent(context, choice, options),
    });
  }

  /**
   * Binds a context and starts the session. Resolves when the platform has accepted the start.
   *
   * @throws what {@link startSession} throws. There is no session to end then.
   */
  async openSession(context: CallContext<P, D, S>, options?: SessionOptions): Promise<PlayerSession> {
    const session = this.session(context);
    await session.start(options);
    return session;
  }

  /**
   * Stores a player's choice in the `consentStore` and sends it to the platform in a session call of its own
   * (PROTOCOL K14). A stored choice is delivered in any case: by this call, or by the next call of each of the player's
   * devices. So `signal` ends only the sending: the choice is stored even if it has fired, and stays `'pending'`.
   *
   * @param context - the player's context, `user.userId` included.
   * @param choice - the choice. `at` is when the player made it; the newest wins. Without `at`, the later call wins.
   * @param options - `at` is the start of the open session, by default the time of the choice.
   * @returns `'delivered'`, `'pending'` (the platform could not be told yet), `'unchanged'` (it knew the choice) or
   * `'stale'` (the player has made a newer choice).
   * @throws `KiipConfigError` without a `consentStore`, `KiipValidationError` with every problem of the input,
   * `KiipClosedError` after `close`, and `KiipConnectionError` when the store fails (nothing was sent then).
   * @example
   * ```ts
   * import type { DeviceContext, KiipClient } from 'kiip-s2s';
   *
   * declare const client: KiipClient; // new KiipClient({ consentStore, … })
   * declare const context: DeviceContext; // { device, connection, user: { userId } }
   *
   * await client.updateConsent(context, { optedOut: true, state: 'CA' });
   * ```
   */
  async updateConsent(
    context: CallContext<P, D, S>,
    choice: ConsentUpdate,
    options: SessionOptions = NO_OPTIONS,
  ): Promise<ConsentUpdateOutcome> {
    const { consentStore, limits } = this.#settings;
    if (consentStore === null)
      throw new KiipConfigError('updateConsent() needs the option consentStore, such as memoryConsentStore().');
    checkConsentUpdate(choice);
    const full = this.#complete(context);
    const dated = { ...choice, at: readChoiceTime(full?.user?.userId, choice.at) };
    const payload = this.#buildSession('session_start', full, fillTime(options, dated.at));
    if (this.#closing !== null)
      throw new KiipClosedError('The client is closed: create a new one.', { operation: 'session_start', attempts: 0 });
    return storeAndSend({
      store: consentStore,
      payload,
      choice: dated,
      limitMs: options.deadlineMs ?? limits.deadlineMs,
      send: async (deadlineMs) => {
        if (isBlocked(full, this.#settings)) return false;
        await this.#calls.session('session_start', payload, { ...options, deadlineMs });
        return true;
      },
    });
  }

  /**
   * Reports many choices at once to the vendor's batch endpoint (`paths.consent`, PROTOCOL K14): one request for every
   * 500, each with the whole `deadlineMs` and retried like a session call. Use it when your backend keeps its players'
   * choices itself: it ignores the `consentStore`. NinthDecimal only.
   *
   * @throws `KiipConfigError` in the `kiip` dialect, `KiipValidationError` with every problem of the input, else a
   * `KiipError` that says how the first failing request ended. Reporting the same choices again is harmless.
   */
  async reportConsents(
    reports: readonly ConsentReport[],
    options: Omit<SessionOptions, 'at'> = NO_OPTIONS,
  ): Promise<void> {
    if (this.#app.platform === 'kiip')
      throw new KiipConfigError("reportConsents() needs platform 'ninthdecimal': the kiip dialect has no consent.");
    checkSessionOptions(options);
    const payloads = buildConsentReports(this.#app as AppIdentity, reports);
    for (const payload of payloads) await this.#calls.reportConsents(payload, options);
  }

  /**
   * Waits for all calls and for pending notes in the stores, then frees the sockets. Later calls reject with
   * `KiipClosedError`.
   */
  close(): Promise<void> {
    this.#closing ??= this.#calls.close();
    return this.#closing;
  }

  /** Calls {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Not async, because each layer of promises costs every moment. Errors thrown here become rejections. */
  #moment(
    momentId: string,
    context: CallContext<P, D, S>,
    options: MomentOptions,
    bound?: BoundConsent,
  ): Promise<MomentOutcome> {
    try {
      const full = this.#complete(context);
      const consent = bound?.begin(full);
      const issues = listConsentIssues(this.#settings.consentStore, full);
      const payload = buildRewardRequest(this.#app, momentId, consent?.context ?? full, options, issues);
      if (isBlocked(full, this.#settings)) return this.#calls.skipMoment();
      const outcome = this.#calls.moment(payload, options);
      return consent === undefined ? outcome : consent.follow(outcome);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async #session(
    operation: 'session_start' | 'session_end',
    context: CallContext<P, D, S>,
    options: SessionOptions,
    bound?: BoundConsent,
  ): Promise<SessionReceipt> {
    const full = this.#complete(context);
    const consent = bound?.begin(full);
    const payload = this.#buildSession(operation, consent?.context ?? full, options);
    if (isBlocked(full, this.#settings)) return this.#calls.skipSession(operation);
    const receipt = this.#calls.session(operation, payload, options);
    return consent === undefined ? receipt : consent.follow(receipt);
  }

  #buildSession(operation: 'session_start' | 'session_end', full: DeviceContext<P>, options: SessionOptions) {
    const issues = listConsentIssues(this.#settings.consentStore, full);
    return buildSession(operation, this.#app, full, options, issues);
  }

  #complete(context: CallContext<P, D, S>): DeviceContext<P> {
    return withDefaults<P>(this.#defaults, context);
  }
}
