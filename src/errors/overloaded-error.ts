import { KiipCallError } from './call-error.js';

/** `maxConcurrent` calls are in flight and `maxQueued` wait: this one was refused at once, nothing was sent. */
export class KiipOverloadedError extends KiipCallError {
  readonly code = 'overloaded';
}
