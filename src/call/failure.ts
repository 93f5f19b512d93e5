import { parseUrl } from '../check/base-url.js';
import { isKiipError, KiipConfigError, readMediaType } from '../errors/index.js';
import { retryAfterMs } from './backoff.js';
import type { TransportError, TransportResponse } from './transport.js';

/** The result of one attempt, whichever transport made it. */
export type Reading =
  | { readonly kind: 'answer'; readonly status: number; readonly response: TransportResponse }
  | Failure
  /** The caller's signal, or `close()`, ended the attempt. */
  | { readonly kind: 'aborted'; readonly status: number | null }
  /** The transport cannot work at all; nothing was sent. */
  | { readonly kind: 'unusable'; readonly error: KiipConfigError };

/** An attempt that failed. */
export type Failure = RefusedStatus | ConnectionFailure | TimeoutFailure | UnreadableAnswer;

/** The status is not 2xx. It counts even when the body broke off or was too long. */
export interface RefusedStatus {
  readonly kind: 'status';
  readonly status: number;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** The host that a redirect leads to. */
  readonly redirectHost: string | null;
  /** The answer, or `null` when its body was lost. */
  readonly response: TransportResponse | null;
  /** The server's own words, masked; filled in by a policy that can read them. */
  readonly words?: string | null;
}

/** There was no connection, or it broke. */
interface ConnectionFailure {
  readonly kind: 'connection';
  readonly reason: string;
  readonly maybeSent: boolean;
  readonly status: number | null;
}

/** The answer was not complete in time. */
export interface TimeoutFailure {
  readonly kind: 'timeout';
  /** `deadline`: the attempt's time had been cut short by the call's deadline. */
  readonly scope: 'attempt' | 'deadline';
  readonly timeoutMs: number;
  readonly maybeSent: boolean;
  readonly status: number | null;
}

/** A 2xx whose body is too long or cannot be decoded. */
export interface UnreadableAnswer {
  readonly kind: 'unreadable';
  readonly reason: string;
  readonly status: number | null;
  readonly contentType: string | null;
}

/** The time limit of an attempt. */
export interface AttemptLimit {
  readonly scope: TimeoutFailure['scope'];
  readonly timeoutMs: number;
}

/** Reads a header of an answer. A custom transport may leave the headers out. */
export function findHeader(
  response: { readonly headers?: TransportResponse['headers'] | undefined },
  name: string,
): string | null {
  const value = response.headers?.[name];
  return typeof value === 'string' ? value : (value?.[0] ?? null);
}

/** The answer's `type/subtype`. */
export const findMediaType = (response: TransportResponse): string | null =>
  readMediaType(findHeader(response, 'content-type'));

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function readRedirectHost(status: number, location: string | null, base: string): string | null {
  if (status < 300 || status >= 400 || location === null) return null;
  return parseUrl(location, base)?.host ?? 'an address that cannot be read';
}

/**
 * Classifies an answer. It does not touch the headers of a 2xx: Node assembles them on first access, and most calls
 * need none.
 */
export function readAnswer(given: TransportResponse, url: string): Reading {
  const response = given as Partial<TransportResponse> | null | undefined;
  const status = response?.status;
  if (!Number.isInteger(status) || response?.body === undefined)
    return { kind: 'connection', reason: 'invalid_transport_answer', maybeSent: true, status: null };
  if (isSuccess(given.status)) return { kind: 'answer', status: given.status, response: given };
  return {
    kind: 'status',
    status: given.status,
    retryAfterMs: retryAfterMs(findHeader(response, 'retry-after'), Date.now()),
    redirectHost: readRedirectHost(given.status, findHeader(response, 'location'), url),
    response: given,
  };
}

const KINDS: ReadonlySet<unknown> = new Set<TransportError['kind']>([
  'connection',
  'timeout',
  'aborted',
  'too_large',
  'unreadable',
]);
/** Matches a system's error code or one of our own words. Any other text may hold an address or an id. */
const REASON = /^(?:[A-Z][A-Z0-9_]{1,60}|[a-z]{2,20}(?:_[a-z]{1,20}){0,5})$/;

/** `instanceof` fails across the ESM and CJS builds, so recognise the error by its name and fields. */
function isTransportError(thrown: unknown): thrown is TransportError {
  const error = thrown as Partial<TransportError> | null | undefined;
  try {
    return error?.name === 'TransportError' && KINDS.has(error.kind);
  } catch {
    // Anything can be thrown, a revoked proxy too.
    return false;
  }
}

/** Reads the pause that an answer asked for before its body broke off. A custom transport's error may lack it. */
function readPause({ retryAfterMs: asked }: Partial<TransportError>): number | null {
  return typeof asked === 'number' && Number.isFinite(asked) && asked >= 0 ? asked : null;
}

/**
 * Classifies a rejection of a transport. Drops any error other than a `TransportError`, because it may hold the whole
 * request.
 */
export function readThrown(thrown: unknown, limit: AttemptLimit): Reading {
  if (isKiipError(thrown) && thrown.code === 'config') return { kind: 'unusable', error: rebuildConfigError(thrown) };
  if (!isTransportError(thrown))
    return { kind: 'connection', reason: 'transport_failed', maybeSent: true, status: null };
  const { kind } = thrown;
  const reason = typeof thrown.reason === 'string' && REASON.test(thrown.reason) ? thrown.reason : 'unknown';
  const maybeSent = thrown.maybeSent !== false;
  const status = Number.isInteger(thrown.status) ? thrown.status : null;
  if (kind === 'aborted') return { kind, status };
  if (status !== null && !isSuccess(status))
    return { kind: 'status', status, retryAfterMs: readPause(thrown), redirectHost: null, response: null };
  if (kind === 'timeout') return { kind, scope: limit.scope, timeoutMs: limit.timeoutMs, maybeSent, status };
  if (kind === 'connection') return { kind, reason, maybeSent, status };
  return {
    kind: 'unreadable',
    reason: kind === 'too_large' ? kind : reason,
    status,
    contentType: readMediaType(thrown.contentType),
  };
}

function rebuildConfigError(thrown: Error): KiipConfigError {
  return thrown instanceof KiipConfigError ? thrown : new KiipConfigError(thrown.message);
}
