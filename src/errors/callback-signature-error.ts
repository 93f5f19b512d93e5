import { KiipError, nameErrorClass } from './kiip-error.js';

/** A callback whose signature does not match: answer 401, credit nothing. The message says what to check and holds no secret. */
export class CallbackSignatureError extends KiipError {
  static {
    nameErrorClass(this, 'CallbackSignatureError');
  }

  readonly code = 'bad_signature';
}
