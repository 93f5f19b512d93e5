import { KiipCallError } from './call-error.js';

/** The client was closed before this call; nothing was sent. */
export class KiipClosedError extends KiipCallError {
  readonly code = 'closed';
}
