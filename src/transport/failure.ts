import { TransportError } from '../call/transport.js';

/** Failures after which the connection is known never to have been made. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
]);

const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

/** The system's code of a failure, or `unknown`. Never its message, which may name hosts, paths and header values. */
export function reasonOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : 'unknown';
}

/** Whether a failure with this code can only happen before a connection is there. */
export function isNeverConnected(reason: string): boolean {
  return NEVER_CONNECTED.has(reason);
}

/** The transport was closed before this request. */
export function closedError(): TransportError {
  return new TransportError({ kind: 'connection', reason: 'closed', maybeSent: false });
}

/** The signal had fired before anything was done. */
export function abortedBeforeStart(): TransportError {
  return new TransportError({ kind: 'aborted', reason: 'signal', maybeSent: false });
}

/** Not an address to send to. The address itself may hold credentials, so it is not repeated. */
export function invalidUrl(): TransportError {
  return new TransportError({ kind: 'connection', reason: 'ERR_INVALID_URL', maybeSent: false });
}
