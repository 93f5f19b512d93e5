// `#digest` for all other runtimes: workers and edge runtimes, which have only the asynchronous Web Crypto.
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Digest } from './digest.js';

const encoder = new TextEncoder();

export const sha1Hex: Digest['sha1Hex'] = (data) =>
  bytesToHex(sha1(typeof data === 'string' ? encoder.encode(data) : data));

export const sha256Hex: Digest['sha256Hex'] = (text) => bytesToHex(sha256(encoder.encode(text)));

export const isEqualBytes: Digest['isEqualBytes'] = (a, b) => {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
};
