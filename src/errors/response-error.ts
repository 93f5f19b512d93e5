import { KiipCallError, type CallFacts } from './call-error.js';
import { nameErrorClass } from './kiip-error.js';

const MEDIA_TYPE = /^[a-z\d][\w!#$&^.+-]{0,63}\/[a-z\d][\w!#$&^.+-]{0,63}$/;

/** `type/subtype` in lower case. Parameters and texts that are no media type are dropped, because they may hold anything. */
function readMediaType(contentType: string | null): string | null {
  const [type = ''] = (contentType ?? '').slice(0, 300).split(';');
  const trimmed = type.trim().toLowerCase();
  return MEDIA_TYPE.test(trimmed) ? trimmed : null;
}

/** The platform answered, but what came cannot be read or must not be shown. The body is never part of the error. */
export class KiipResponseError extends KiipCallError {
  static {
    nameErrorClass(this, 'KiipResponseError');
  }

  readonly code = 'invalid_response';
  /** HTTP status; `null` when a parser was called by hand. */
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
