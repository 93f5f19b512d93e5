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

/** Compares two texts of the same number of bytes in constant time; texts of different size are different (PROTOCOL K25). */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
