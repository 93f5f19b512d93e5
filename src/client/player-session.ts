/// <reference lib="esnext.disposable" preserve="true" />
import type { MomentOutcome } from '../response/moment.js';
import type { SessionReceipt } from '../response/session.js';
import type { MomentOptions, SessionOptions } from './call-options.js';

/** The client's calls with the context bound. */
interface BoundCalls {
  start(options?: SessionOptions): Promise<SessionReceipt>;
  moment(momentId: string, options?: MomentOptions): Promise<MomentOutcome>;
  end(options?: SessionOptions): Promise<SessionReceipt>;
}

/** One player's session; made by {@link KiipClient.session}. */
export class PlayerSession {
  readonly #calls: BoundCalls;
  #open = false;

  /** @internal */
  constructor(calls: BoundCalls) {
    this.#calls = calls;
  }

  /** Reports the start; see {@link KiipClient.startSession}. */
  async start(options?: SessionOptions): Promise<SessionReceipt> {
    const receipt = await this.#calls.start(options);
    this.#open = true;
    return receipt;
  }

  /** Reports a moment; see {@link KiipClient.moment}. */
  moment(momentId: string, options?: MomentOptions): Promise<MomentOutcome> {
    return this.#calls.moment(momentId, options);
  }

  /** Reports the end; see {@link KiipClient.endSession}. */
  async end(options?: SessionOptions): Promise<SessionReceipt> {
    const receipt = await this.#calls.end(options);
    this.#open = false;
    return receipt;
  }

  /** Ends the session if it was started and not ended. Rejects as {@link end} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) await this.end();
  }
}
