import { randomBytes } from 'node:crypto';

let processPart: string | undefined;
let serial = 0;

/** Creates a token that no other run of any process has: a random part per process, then a counter. */
export function createToken(): string {
  // Not drawn at import time, because processes started from one heap snapshot would share it.
  processPart ??= randomBytes(12).toString('base64url');
  serial += 1;
  return `${processPart}${serial.toString(36)}`;
}
