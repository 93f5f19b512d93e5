import type { Failure } from '../call/failure.js';
import type { PlatformOperation } from './hooks.js';

/** How a failed request is repeated. */
export interface RetryOptions {
  /** Requests of one call at most, the first included. @defaultValue 3 */
  maxAttempts?: number | undefined;
  /** Milliseconds: the first pause is a random time up to this, and each further bound is twice the last. @defaultValue 250 */
  baseDelayMs?: number | undefined;
  /** Milliseconds: the longest pause that the client chooses by itself. @defaultValue 5000 */
  maxDelayMs?: number | undefined;
}

const SESSION_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
// The two by which a server says that it did not act.
const MOMENT_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/**
 * Whether the request may be repeated. A session call is harmless twice. A moment can hand out a reward twice, so it is repeated
 * only when the platform cannot have acted on it.
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
