/// <reference lib="esnext.disposable" preserve="true" />
import { buildRewardRequest, buildSession } from '../request/build.js';
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
import type { AnswerFacts } from '../response/json.js';
import { createTransport } from '../transport/index.js';
import type { Transport, TransportResponse } from '../call/transport.js';
import { VERSION } from '../version.js';
import { Caller, type Answer } from './caller.js';
import { contentTypeOf } from './failure.js';
import { Observer, type PlatformOperation } from './hooks.js';
import { identityOf, readOptions, type KiipClientOptions, type Settings } from './options.js';
import type { MomentOptions, SessionOptions } from './call-options.js';
import { PlayerSession } from './player-session.js';

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
  readonly #caller: Caller;
  readonly #ownTransport: Transport | null;
  #closing: Promise<void> | null = null;

  /** @throws `KiipConfigError` with every problem of the options. */
  constructor(options: KiipClientOptions<P, D>) {
    this.#settings = readOptions(options);
    this.#app = identityOf(options);
    this.#defaults = options.defaults;
    const transport = options.transport ?? createTransport();
    this.#ownTransport = options.transport === undefined ? transport : null;
    this.#caller = new Caller({
      transport,
      limits: this.#settings.limits,
      observer: new Observer(options.hooks),
      userAgent: `kiip-s2s/${VERSION}`,
      host: this.#settings.host,
    });
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
    this.#caller.assertOpen('moment');
    const full = this.#complete(context);
    const payload = buildRewardRequest(this.#app, momentId, full, options);
    if (this.#blocks(full)) return { rewarded: false, reason: 'blocked_country', date: null, raw: null };
    const answer = await this.#call('moment', this.#settings.momentUrl, payload, options);
    return readMoment(answer.response.body, new Facts('moment', answer));
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

  /** Waits for what is in flight and queued, then frees the sockets. Later calls reject with `KiipClosedError`. */
  close(): Promise<void> {
    this.#closing ??= this.#caller.close().then(() => this.#ownTransport?.close?.());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #session(
    operation: SessionEvent['id'],
    context: CallContext<P, D>,
    options: SessionOptions,
  ): Promise<SessionReceipt> {
    this.#caller.assertOpen(operation);
    const full = this.#complete(context);
    const payload = buildSession(operation, this.#app, full, options);
    if (this.#blocks(full)) return { date: null, dateText: null, skipped: 'blocked_country', raw: null };
    const answer = await this.#call(operation, this.#settings.sessionUrl, payload, options);
    return readSession(answer.response.body, new Facts(operation, answer));
  }

  #complete(context: CallContext<P, D>): DeviceContext<P> {
    return withDefaults<P>(this.#defaults, context);
  }

  #blocks(context: DeviceContext<P>): boolean {
    return context.country !== undefined && this.#settings.blockedCountries.has(context.country.toUpperCase());
  }

  #call(
    operation: PlatformOperation,
    url: string,
    payload: object,
    options: Omit<SessionOptions, 'at'>,
  ): Promise<Answer> {
    const { signal, timeoutMs, deadlineMs } = options;
    return this.#caller.call({ operation, url, body: JSON.stringify(payload), signal, timeoutMs, deadlineMs });
  }
}

/** What a reader of the answer may have to say in an error. */
class Facts implements AnswerFacts {
  readonly operation: PlatformOperation;
  readonly attempts: number;
  readonly status: number;
  readonly #response: TransportResponse;

  constructor(operation: PlatformOperation, { response, attempts }: Answer) {
    this.operation = operation;
    this.attempts = attempts;
    this.status = response.status;
    this.#response = response;
  }

  /** Looked up for an error only: Node puts all headers together for the first who asks for one. */
  get contentType(): string | null {
    return contentTypeOf(this.#response);
  }
}
