import { toRaw, toText } from '../../inbound/bytes.js';
import { MAX_BODY_BYTES } from '../../inbound/receiver-options.js';
import { malformed } from './fields.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Decodes a body, without its byte order mark. Refuses text that UTF-8 cannot represent, because hashing would change
 * it.
 */
export function readText(rawBody: string | Uint8Array): string {
  const raw = toRaw(rawBody);
  if (raw === null) {
    throw malformed(
      'was not given as the raw body: pass the bytes or the text that came in, or a parsed body to verifyCallbackFields',
    );
  }
  if (raw.length > MAX_BODY_BYTES) throw malformed('is larger than 1 MiB');
  const text = toText(raw);
  if (text === null) throw malformed('is not UTF-8');
  if (typeof raw === 'string') requireWellFormed(text);
  return text;
}

export function requireWellFormed(text: string): void {
  if (LONE_SURROGATE.test(text)) throw malformed('holds a lone surrogate');
}
