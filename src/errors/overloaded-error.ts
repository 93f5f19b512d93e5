import { KiipCallError } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/** `maxConcurrent` calls are in flight and `maxQueued` wait: this one was refused at once, nothing was sent. */
export class KiipOverloadedError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipOverloadedError');
  }

  readonly code = 'overloaded';
}
