import { randomBytes } from 'node:crypto';

let processPart: string | undefined;
let serial = 0;

/** A text that no other run of any process has: drawn once for the process, then counted. */
export function createToken(): string {
  // Not at import time: processes that start from one snapshot of the heap would share it.
  processPart ??= randomBytes(12).toString('base64url');
  serial += 1;
  return `${processPart}${serial.toString(36)}`;
}
