import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** No usable connection: refused, reset, not resolved, a TLS failure, or an answer that tried to redirect. */
export class KiipConnectionError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipConnectionError');
  }

  readonly code = 'connection';
  /** The system's code, such as `ECONNREFUSED`, or `redirect`. */
  readonly reason: string;

  constructor(message: string, facts: CallFacts & { readonly reason: string }) {
    super(message, facts);
    this.reason = facts.reason;
  }
}
