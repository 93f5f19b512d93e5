import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** The platform answered with a status that is not 2xx. A 2xx that says no is a {@link KiipRefusedError}. */
export class KiipHttpError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipHttpError');
  }

  readonly code = 'http_status';
  /** The HTTP status. */
  readonly status: number;
  /** What `Retry-After` asked for, in milliseconds; `null` without that header. */
  readonly retryAfterMs: number | null;
  /**
   * The platform's own words, such as `Invalid app key`, when the answer was `{"error": …}`: at most 200 characters,
   * with what the request held about the app and the player masked (PROTOCOL K17a). `null` when it gave none.
   */
  readonly reason: string | null;

  constructor(
    message: string,
    facts: CallFacts & {
      readonly status: number;
      readonly retryAfterMs: number | null;
      readonly reason?: string | null | undefined;
    },
  ) {
    super(message, facts);
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
    this.reason = facts.reason ?? null;
  }
}
