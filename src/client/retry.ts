import type { PlatformOperation } from './hooks.js';

/** How a failed request is repeated. */
export interface RetryOptions {
  /** Requests of one call, the first included. @defaultValue 3 */
  maxAttempts?: number | undefined;
  /** Milliseconds; the first pause is a random time up to this, each further bound is twice the last. @defaultValue 250 */
  baseDelayMs?: number | undefined;
  /** Milliseconds; no pause of ours is longer. @defaultValue 5000 */
  maxDelayMs?: number | undefined;
}

/** A request's failure, as far as repeating it goes. */
export type Failure = { readonly status: number } | { readonly maybeSent: boolean };

const SESSION_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
// The two by which a server says that it did not act.
const MOMENT_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/**
 * Whether the request may be repeated. A session call is harmless twice. A moment can hand out a reward twice, so it is repeated
 * only when the platform cannot have acted on it.
 */
export function mayRepeat(operation: PlatformOperation, failure: Failure): boolean {
  if ('status' in failure) return (operation === 'moment' ? MOMENT_STATUSES : SESSION_STATUSES).has(failure.status);
  return operation !== 'moment' || !failure.maybeSent;
}
