import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/**
 * There was no usable connection: it was refused, reset or not resolved, TLS failed, a redirect came, or a store or
 * queue could not be reached.
 */
export class KiipConnectionError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipConnectionError');
  }

  readonly code = 'connection';
  /** The system's code, such as `ECONNREFUSED`, or a word, such as `redirect` or `consent_store`. */
  readonly reason: string;

  constructor(message: string, facts: CallFacts & { readonly reason: string }) {
    super(message, facts);
    this.reason = facts.reason;
  }
}
