// The only module of the callbacks that needs the runtime: Node's crypto, which Bun, Deno and workers offer under the same name.
import { hash, timingSafeEqual } from 'node:crypto';

/** Lower-case hex SHA-1 of the UTF-8 text: the platform's own choice of signature (PROTOCOL K22). */
export function sha1(text: string): string {
  return hash('sha1', text, 'hex');
}

/** Lower-case hex SHA-256 of the UTF-8 text: for keys of our own. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

// Room for one comparison at a time, which is all there is without an await; allocating it each time costs as much as the hash.
const encoder = new TextEncoder();
const left = new Uint8Array(40);
const right = new Uint8Array(40);

/**
 * Compares a SHA-1 in hex with what claims to be one, in constant time (PROTOCOL K25). Bytes are compared, not characters: a text that
 * does not fill the 40 exactly is different, and `timingSafeEqual` never has two lengths to throw about.
 */
export function equalInConstantTime(digest: string, claimed: string): boolean {
  if (claimed.length !== 40 || encoder.encodeInto(claimed, right).read !== 40) return false;
  encoder.encodeInto(digest, left);
  return timingSafeEqual(left, right);
}
