/** The two encodings a callback may come in. The documents name JSON for issuances and nothing for redemptions (PROTOCOL K24). */
export type BodyFormat = 'json' | 'form';

/**
 * The format a `Content-Type` names; told from the body's first character when there is no such header.
 *
 * @returns `null` for any other content type, and for a charset that is not UTF-8.
 */
export function formatOf(contentType: string | null | undefined, body: string | undefined): BodyFormat | null {
  if (contentType === undefined || contentType === null || contentType === '')
    return body === undefined || /^[ \t\r\n]*[{[]/.test(body) ? 'json' : 'form';
  if (contentType === 'application/json') return 'json';
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !/^"?(?:utf-?8|us-ascii)"?$/.test(charset)) return null;
  if (type === 'application/json' || /^application\/[^/]+\+json$/.test(type)) return 'json';
  return type === 'application/x-www-form-urlencoded' ? 'form' : null;
}
