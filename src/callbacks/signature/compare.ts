import { isEqualBytes } from '#digest';

// One shared buffer and one encoder call per comparison, because more calls or allocations show in the time. Sharing is
// safe: a comparison is synchronous.
const encoder = new TextEncoder();
const both = new Uint8Array(80);
const left = both.subarray(0, 40);
const right = both.subarray(40);

/**
 * Compares a hex SHA-1 with a claimed one in constant time (PROTOCOL K25). It compares bytes, not characters; any text
 * that is not exactly 40 bytes long is different.
 */
export function isSameDigest(digest: string, claimed: string): boolean {
  if (claimed.length !== 40 || encoder.encodeInto(digest + claimed, both).read !== 80) return false;
  return isEqualBytes(left, right);
}
