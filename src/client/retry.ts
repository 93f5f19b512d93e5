import type { Failure } from '../call/failure.js';
import type { PlatformOperation } from './hooks.js';

/** How failed requests are repeated. */
export interface RetryOptions {
  /** The most requests of one call, the first included. @defaultValue `3` */
  maxAttempts?: number | undefined;
  /**
   * The upper bound of the first pause, in milliseconds. Pauses are random, and the bound doubles with each retry.
   * @defaultValue `250`
   */
  baseDelayMs?: number | undefined;
  /** The longest pause that the client chooses by itself, in milliseconds. @defaultValue `5_000` */
  maxDelayMs?: number | undefined;
}

const SESSION_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
// With these two, a server says that it did not act.
const MOMENT_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/**
 * Whether the request may be repeated. Repeating a session call is harmless. Repeating a moment could hand out a second
 * reward, so it is repeated only when the platform cannot have acted on it.
 */
export function mayRepeat(operation: PlatformOperation, failure: Failure): boolean {
  if (failure.kind === 'status') {
    if (failure.redirectHost !== null) return false;
    return (operation === 'moment' ? MOMENT_STATUSES : SESSION_STATUSES).has(failure.status);
  }
  if (failure.kind === 'connection' || (failure.kind === 'timeout' && failure.scope === 'attempt'))
    return operation !== 'moment' || !failure.maybeSent;
  return false;
}
