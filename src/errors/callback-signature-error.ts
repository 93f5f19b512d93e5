import { KiipError, nameErrorClass } from './kiip-error.js';

/** A callback whose signature does not match: answer 401, credit nothing. The message coaches, without telling secrets. */
export class CallbackSignatureError extends KiipError {
  static {
    nameErrorClass(this, 'CallbackSignatureError');
  }

  readonly code = 'bad_signature';
}
