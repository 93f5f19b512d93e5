import { LedgerError } from './ledger-error.js';

/**
 * How long a store may take for one step of its own, in milliseconds. Under the 3 seconds within which a receiver must say "busy", so that
 * a store that hangs is found out before the platform gives up on us.
 */
export const STORE_TIMEOUT_MS = 2_500;

/** `promise`, or a rejection with `message` after `ms`. A loser that rejects later is handled, so it never becomes an unhandled rejection. */
export async function within<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LedgerError('store_timeout', message)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
