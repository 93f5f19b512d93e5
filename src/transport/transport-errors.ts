import { KiipConfigError } from '../errors/index.js';
import { TransportError } from '../call/transport.js';

/** The failures that prove that no connection was made. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ERR_ACCESS_DENIED',
  'ERR_INVALID_URL',
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

/** Reads the system's code of a failure, or returns `unknown`. Ignores the message, which may name hosts, paths and header values. */
export function readCode(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : 'unknown';
}

/** Whether this code can only occur before a connection exists. */
export function isNeverConnected(code: string): boolean {
  return NEVER_CONNECTED.has(code);
}

/** Matches the error codes of zlib, brotli and zstd. */
const DECODING_CODE = /^(?:Z_[A-Z]+_ERROR|ERR__ERROR_|ERR_BROTLI|ERR_ZLIB|ERR_ZSTD|ZSTD_)/;

/** Whether the body arrived but could not be decompressed. `fetch` and the fetch adapter of axios nest the code in causes. */
export function isDecodingFailure(error: unknown): boolean {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 4; depth += 1) {
    const { code, cause } = at as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string' && DECODING_CODE.test(code)) return true;
    at = cause;
  }
  return false;
}

/** Builds the error for a request after the transport was closed. */
export function buildClosedError(): TransportError {
  return new TransportError({ kind: 'connection', reason: 'closed', maybeSent: false });
}

/** Builds the error for a signal that had already fired, so nothing was sent. */
export function buildAbortedError(): TransportError {
  return new TransportError({ kind: 'aborted', reason: 'signal', maybeSent: false });
}

/** Builds the error for a URL that cannot be used. It does not quote the URL, which may hold credentials. */
export function buildInvalidUrlError(): TransportError {
  return new TransportError({ kind: 'connection', reason: 'ERR_INVALID_URL', maybeSent: false });
}

// A loader may quote a local path, so report only a module's own name.
const MODULE = /(?:package|module) ['"]((?:@[a-z\d][\w.-]{0,60}\/)?[a-z\d][\w.:-]{0,60})['"]/i;

/** Turns a loader's failure into a configuration error that names the module. Nothing was sent. */
export function buildLoadError(
  error: unknown,
  { factory, module }: { readonly factory: string; readonly module: string },
): KiipConfigError {
  const message = error instanceof Error ? error.message.slice(0, 1_000) : '';
  const name = MODULE.exec(message)?.[1] ?? module;
  return new KiipConfigError(
    `${factory}: the module ${name} cannot be loaded (${readCode(error)}). Install it, keep it external in your bundle, or give the runtime permission to read it. Or pass a transport of your own. Nothing was sent.`,
    [{ path: name, message: 'cannot be loaded' }],
  );
}
