const MEDIA_TYPE = /^\s*([\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100})\s*(?:;|$)/;

/**
 * Reads the `type/subtype` of a `Content-Type`, in lower case. Drops the parameters, which are the sender's free text.
 */
export function readMediaType(header: string | readonly string[] | null | undefined): string | null {
  const text = typeof header === 'string' ? header : header?.[0];
  return typeof text === 'string' ? (MEDIA_TYPE.exec(text)?.[1]?.toLowerCase() ?? null) : null;
}
