import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/**
 * The platform answered `{"error": …}` under a 2xx status: a refusal, never "no reward" and never an accepted session
 * (PROTOCOL K17a). It is not repeated, because the same request gets the same answer.
 */
export class KiipRefusedError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipRefusedError');
  }

  readonly code = 'refused';
  /** The HTTP status; `null` when you called a parser directly. */
  readonly status: number | null;
  /**
   * The platform's own words, such as `Invalid app key`: at most 200 characters, with what the request held about the
   * app and the player masked. `null` when it gave none.
   */
  readonly reason: string | null;

  constructor(message: string, facts: CallFacts & { readonly status: number | null; readonly reason: string | null }) {
    super(message, facts);
    this.status = facts.status;
    this.reason = facts.reason;
  }
}
