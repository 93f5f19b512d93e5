import { KiipCallError } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** The client was closed before this call; nothing was sent. */
export class KiipClosedError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipClosedError');
  }

  readonly code = 'closed';
}
