import { KiipError, nameErrorClass } from './kiip-error.js';

/**
 * A callback is not one of the two documented messages. Answer 400. The message says what is wrong and never quotes the
 * callback.
 */
export class CallbackFormatError extends KiipError {
  static {
    nameErrorClass(this, 'CallbackFormatError');
  }

  readonly code = 'malformed_callback';
}
