import type { ContentType } from '../../inbound/content.js';

/** The two encodings of a callback. The documents name JSON for issuances, and none for redemptions (PROTOCOL K24). */
export type BodyFormat = 'json' | 'form';

/**
 * Detects the format by the body's first character, whatever its content type claims (PROTOCOL K24a). A body that
 * claims to be JSON but looks like neither format counts as JSON, so that the error makes sense to the sender.
 */
export function findFormat(type: ContentType, body: string): BodyFormat {
  if (/^[ \t\r\n]*[{[]/.test(body)) return 'json';
  return type.kind === 'json' && !body.includes('=') ? 'json' : 'form';
}
