import { malformed } from './fields.js';

// `ignoreBOM` keeps a byte order mark as a character, which no format then accepts: bytes and string are read alike.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** A thousand callbacks long. Beyond lies what regular expressions cannot take: millions of escapes exhaust their stack. */
export const MAX_LENGTH = 1024 * 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The characters of a body. Text that UTF-8 cannot carry is refused: hashing would turn it into other text. */
export function textOfBody(rawBody: string | Uint8Array): string {
  if (rawBody?.length > MAX_LENGTH) throw malformed('is larger than 1 MiB');
  if (typeof rawBody === 'string') {
    requireWellFormed(rawBody);
    return rawBody;
  }
  if (!(rawBody instanceof Uint8Array)) {
    throw malformed(
      'was not given as the raw body: pass the bytes or the text that came in, or a parsed body to verifyCallbackFields',
    );
  }
  try {
    return decoder.decode(rawBody);
  } catch {
    throw malformed('is not UTF-8');
  }
}

export function requireWellFormed(text: string): void {
  if (LONE_SURROGATE.test(text)) throw malformed('holds a lone surrogate');
}
