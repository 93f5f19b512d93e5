import { KiipCallError } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** `maxConcurrent` calls are in flight and `maxQueued` wait, so this call was refused at once. Nothing was sent. */
export class KiipOverloadedError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipOverloadedError');
  }

  readonly code = 'overloaded';
}
