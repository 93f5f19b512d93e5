import { toRaw } from '../../inbound/bytes.js';
import { MAX_BODY_BYTES } from '../../inbound/options.js';
import { malformed } from './fields.js';

// Drops a byte order mark.
const decoder = new TextDecoder('utf-8', { fatal: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The characters of a body, without a byte order mark. Text that UTF-8 cannot carry is refused: hashing would turn it into other text. */
export function readText(rawBody: string | Uint8Array): string {
  const raw = toRaw(rawBody);
  if (raw === null) {
    throw malformed(
      'was not given as the raw body: pass the bytes or the text that came in, or a parsed body to verifyCallbackFields',
    );
  }
  if (raw.length > MAX_BODY_BYTES) throw malformed('is larger than 1 MiB');
  if (typeof raw === 'string') {
    requireWellFormed(raw);
    return raw.charCodeAt(0) === 0xfeff ? raw.slice(1) : raw;
  }
  try {
    return decoder.decode(raw);
  } catch {
    throw malformed('is not UTF-8');
  }
}

export function requireWellFormed(text: string): void {
  if (LONE_SURROGATE.test(text)) throw malformed('holds a lone surrogate');
}
