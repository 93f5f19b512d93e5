import type { ContentType } from '../../inbound/content.js';

/** The two encodings a callback may come in. The documents name JSON for issuances and nothing for redemptions (PROTOCOL K24). */
export type BodyFormat = 'json' | 'form';

/**
 * Detects the format by the body's first character, whatever its content type claims (PROTOCOL K24a). A body that begins like neither is
 * read as the claimed type, so that the error makes sense to the sender.
 */
export function findFormat(type: ContentType, body: string): BodyFormat {
  if (/^[ \t\r\n]*[{[]/.test(body)) return 'json';
  return type.kind === 'json' && !body.includes('=') ? 'json' : 'form';
}
