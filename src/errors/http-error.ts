import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrors } from './kiip-error.js';

/** The platform answered with a status that is not 2xx: it said no. */
export class KiipHttpError extends KiipCallError {
  static {
    nameErrors(this, 'KiipHttpError');
  }

  readonly code = 'http_status';
  readonly status: number;
  /** What `Retry-After` asked for, in milliseconds; `null` without that header. */
  readonly retryAfterMs: number | null;

  constructor(message: string, facts: CallFacts & { readonly status: number; readonly retryAfterMs: number | null }) {
    super(message, facts);
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
