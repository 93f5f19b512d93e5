import { KiipCallError } from './call-error.js';
import { nameErrors } from './kiip-error.js';

/** The caller's `AbortSignal` ended the call. The signal's reason is not attached: it is the caller's own. */
export class KiipAbortError extends KiipCallError {
  static {
    nameErrors(this, 'KiipAbortError');
  }

  readonly code = 'aborted';
}
