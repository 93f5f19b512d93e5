import { KiipError, nameErrors } from './kiip-error.js';

/** A callback that is not one of the two documented messages: answer 400. */
export class CallbackFormatError extends KiipError {
  static {
    nameErrors(this, 'CallbackFormatError');
  }

  readonly code = 'malformed_callback';
}
