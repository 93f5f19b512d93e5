import { KiipError, nameErrorClass } from './kiip-error.js';

/**
 * A callback's signature does not match. Answer 401 and credit nothing. The message says what to check and holds no
 * secret.
 */
export class CallbackSignatureError extends KiipError {
  static {
    nameErrorClass(this, 'CallbackSignatureError');
  }

  readonly code = 'bad_signature';
}
