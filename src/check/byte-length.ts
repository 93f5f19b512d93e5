const encoder = new TextEncoder();

/** Whether a body has more bytes than `limit`; text counts as UTF-8. */
export function exceeds(body: string | Uint8Array, limit: number): boolean {
  if (typeof body !== 'string') return body.length > limit;
  // A UTF-16 code unit takes one to three bytes in UTF-8.
  if (body.length > limit) return true;
  return body.length * 3 > limit && encoder.encode(body).length > limit;
}
