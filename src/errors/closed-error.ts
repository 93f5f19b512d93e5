import { KiipCallError } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** The client or queue was closed before this call. Nothing was sent. */
export class KiipClosedError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipClosedError');
  }

  readonly code = 'closed';
}
