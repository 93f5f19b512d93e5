import { isEqualBytes } from '#digest';

// Room for one comparison at a time, which is all there is without an await; allocating it each time costs as much as the hash.
const encoder = new TextEncoder();
const left = new Uint8Array(40);
const right = new Uint8Array(40);

/**
 * Compares a SHA-1 in hex with what claims to be one, in constant time (PROTOCOL K25). Bytes are compared, not characters, so a text that
 * does not fill exactly 40 of them is different.
 */
export function isSameDigest(digest: string, claimed: string): boolean {
  if (claimed.length !== 40 || encoder.encodeInto(claimed, right).read !== 40) return false;
  encoder.encodeInto(digest, left);
  return isEqualBytes(left, right);
}
