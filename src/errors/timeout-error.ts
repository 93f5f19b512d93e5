import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** No complete answer came in time. */
export class KiipTimeoutError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipTimeoutError');
  }

  readonly code = 'timeout';
  /** `attempt`: one request took longer than `timeoutMs`. `deadline`: the whole call took longer than `deadlineMs`. */
  readonly scope: 'attempt' | 'deadline';

  constructor(message: string, facts: CallFacts & { readonly scope: 'attempt' | 'deadline' }) {
    super(message, facts);
    this.scope = facts.scope;
  }
}
