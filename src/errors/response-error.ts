import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';
import { readMediaType } from './media-type.js';

/** The platform answered, but the answer cannot be read or must not be shown. The body is never part of the error. */
export class KiipResponseError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipResponseError');
  }

  readonly code = 'invalid_response';
  /** The HTTP status; `null` when you called a parser directly. */
  readonly status: number | null;
  /** The answer's media type as `type/subtype`, such as `text/html`; `null` when there was none. */
  readonly contentType: string | null;

  constructor(
    message: string,
    facts: CallFacts & { readonly status: number | null; readonly contentType: string | null },
  ) {
    super(message, facts);
    this.status = facts.status;
    this.contentType = readMediaType(facts.contentType);
  }
}
