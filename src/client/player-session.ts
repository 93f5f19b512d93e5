/// <reference lib="esnext.disposable" preserve="true" />
import type { MomentOutcome } from '../response/moment.js';
import type { SessionReceipt } from '../response/session.js';
import type { ConsentUpdate } from '../request/consent-report.js';
import type { ConsentUpdateOutcome } from './consent-update.js';
import { fillTime, type MomentOptions, type SessionOptions } from './call-options.js';

/** The client's calls with the context bound. */
interface BoundCalls {
  start(options?: SessionOptions): Promise<SessionReceipt>;
  moment(momentId: string, options?: MomentOptions): Promise<MomentOutcome>;
  end(options?: SessionOptions): Promise<SessionReceipt>;
  updateConsent(choice: ConsentUpdate, options?: SessionOptions): Promise<ConsentUpdateOutcome>;
}

/**
 * One player's session, with the player's context bound. Create it with {@link KiipClient.openSession}, or with
 * {@link KiipClient.session} to start it later.
 *
 * @example
 * ```ts
 * import type { DeviceContext, KiipClient } from 'kiip-s2s';
 *
 * declare const client: KiipClient;
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * await using session = await client.openSession(context);
 * await session.moment('level_up');
 * ```
 */
export class PlayerSession {
  readonly #calls: BoundCalls;
  #state: 'open' | 'ended' = 'ended';
  #startedAt: Date | undefined = undefined;
  /** Every start and end so far; never rejects. */
  #settled: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(calls: BoundCalls) {
    this.#calls = calls;
  }

  /** Reports the start. See {@link KiipClient.startSession}. */
  start(options?: SessionOptions): Promise<SessionReceipt> {
    const at = options?.at ?? new Date();
    this.#startedAt = at;
    return this.#track(this.#calls.start(fillTime(options, at)), 'open');
  }

  /** Reports a moment. See {@link KiipClient.moment}. */
  moment(momentId: string, options?: MomentOptions): Promise<MomentOutcome> {
    return this.#calls.moment(momentId, options);
  }

  /**
   * Stores the player's choice about the sale of data, and sends it to the platform as a repeated start of this
   * session. See {@link KiipClient.updateConsent}.
   */
  updateConsent(choice: ConsentUpdate, options?: SessionOptions): Promise<ConsentUpdateOutcome> {
    return this.#calls.updateConsent(choice, fillTime(options, this.#startedAt));
  }

  /** Reports the end. See {@link KiipClient.endSession}. */
  end(options?: SessionOptions): Promise<SessionReceipt> {
    return this.#track(this.#calls.end(options), 'ended');
  }

  /** Ends an open session when the scope of `await using` is left. First waits for a pending start or end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settled;
    if (this.#state === 'open') await this.end();
  }

  async #track(call: Promise<SessionReceipt>, leads: 'open' | 'ended'): Promise<SessionReceipt> {
    const noted = call.then(() => {
      this.#state = leads;
    });
    this.#settled = Promise.allSettled([this.#settled, noted]);
    // Await it here too, so that a failure that nobody handles shows up as an unhandled rejection.
    await noted;
    return call;
  }
}
