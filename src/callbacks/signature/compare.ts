import { isEqualBytes } from '#digest';

// One shared buffer: comparisons are synchronous, and allocating a buffer each time costs as much as the hash.
const encoder = new TextEncoder();
const left = new Uint8Array(40);
const right = new Uint8Array(40);

/**
 * Compares a hex SHA-1 with a claimed one in constant time (PROTOCOL K25). It compares bytes, not characters; any text that is not exactly
 * 40 bytes long is different.
 */
export function isSameDigest(digest: string, claimed: string): boolean {
  if (claimed.length !== 40 || encoder.encodeInto(claimed, right).read !== 40) return false;
  encoder.encodeInto(digest, left);
  return isEqualBytes(left, right);
}
