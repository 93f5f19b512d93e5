import { KiipCallError } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

/**
 * Too many calls are in flight or in line (`maxConcurrent`, `maxQueued`, `maxPending`), so this one was refused at
 * once. Nothing was sent.
 */
export class KiipOverloadedError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipOverloadedError');
  }

  readonly code = 'overloaded';
}
