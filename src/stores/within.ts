import { withinTimeLimit } from '../check/time-limit.js';
import { LedgerError } from './ledger-error.js';

/**
 * How long a store may take for one step, in milliseconds. It is shorter than the 3 seconds within which a ledger must say "busy", so a
 * hanging store is noticed before the platform gives up on the callback.
 */
export const STORE_TIMEOUT_MS = 2_500;

/** How long a COMMIT and the statements before it may take, in milliseconds. */
export const COMMIT_TIMEOUT_MS = 10_000;

/** Settles as `promise` does, or rejects with a `LedgerError` after `limitMs` milliseconds. */
export function within<T>(promise: Promise<T>, limitMs: number, message: string): Promise<T> {
  return withinTimeLimit(promise, limitMs, () => new LedgerError('store_timeout', message));
}
