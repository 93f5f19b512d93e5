import { KiipError, nameErrorClass } from './kiip-error.js';

/** A callback that is not one of the two documented messages: answer 400. */
export class CallbackFormatError extends KiipError {
  static {
    nameErrorClass(this, 'CallbackFormatError');
  }

  readonly code = 'malformed_callback';
}
