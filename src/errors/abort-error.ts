import { KiipCallError } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** The caller's `AbortSignal` ended the call. The signal's reason is not attached, because it may hold anything. */
export class KiipAbortError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipAbortError');
  }

  readonly code = 'aborted';
}
