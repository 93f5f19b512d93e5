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

/** The pause after attempt number `attempt` in milliseconds: exponential with full jitter. `random` is in [0, 1). */
export function backoffMs(attempt: number, retry: Required<{ [K in keyof RetryOptions]: number }>, random: number): number {
  return random * Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** (attempt - 1));
}

/** What `Retry-After` asks for in milliseconds from `now`: seconds or an HTTP date; `null` for none, or for what is neither. */
export function retryAfterMs(header: unknown, now: number): number | null {
  if (typeof header !== 'string') return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes almost anything; an HTTP date always names the day of the week.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
