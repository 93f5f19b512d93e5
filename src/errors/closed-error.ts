import { KiipCallError } from './call-error.js';
import { nameErrors } from './kiip-error.js';

/** The client was closed before this call; nothing was sent. */
export class KiipClosedError extends KiipCallError {
  static {
    nameErrors(this, 'KiipClosedError');
  }

  readonly code = 'closed';
}
