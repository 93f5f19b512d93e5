import type { Ledger, LedgerOutcome } from '../ledger.js';
import { distinctKeys, refuse, type OptionIssue } from '../options.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Options of {@link memoryLedger}. */
export interface MemoryLedgerOptions {
  /** How long a processed callback is remembered, in milliseconds; `Infinity` is allowed. @defaultValue 7 days */
  readonly ttlMs?: number;
  /** How many processed callbacks are remembered; beyond, the oldest are forgotten. What is in flight never is. @defaultValue 100_000 */
  readonly maxEntries?: number;
}

/**
 * A ledger in the memory of this process: for tests, and for a backend of exactly one process that never restarts within the time a
 * callback could come again. A second process or a restart does not know what it saw, and a replay would credit twice: there use
 * `redisLedger` or `postgresLedger`.
 *
 * @throws KiipConfigError when an option is out of range.
 *
 * @example
 * ```ts
 * import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
 *
 * const receiver = createCallbackReceiver({ secret: 'the app secret', ledger: memoryLedger({ maxEntries: 10_000 }) });
 * ```
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): Ledger<undefined> {
  const { ttlMs = 7 * DAY_MS, maxEntries = 100_000 } = options;
  const issues: OptionIssue[] = [];
  if (!(typeof ttlMs === 'number' && ttlMs > 0))
    issues.push({ path: 'ttlMs', message: 'must be a number of milliseconds above 0' });
  if (!(Number.isInteger(maxEntries) && maxEntries > 0))
    issues.push({ path: 'maxEntries', message: 'must be an integer above 0' });
  refuse('memoryLedger', issues);

  const inFlight = new Set<string>();
  const processed = new Set<string>();
  // One entry a callback, oldest first: every entry lives equally long, so the order of insertion is the order of expiry too.
  const entries = new Map<symbol, { readonly keys: readonly string[]; readonly expiresAt: number }>();

  const forgetWhile = (isDue: (expiresAt: number) => boolean): void => {
    for (const [id, { keys, expiresAt }] of entries) {
      if (!isDue(expiresAt)) return;
      entries.delete(id);
      for (const key of keys) processed.delete(key);
    }
  };

  return {
    async run(given, work): Promise<LedgerOutcome> {
      const keys = distinctKeys('memoryLedger', given);
      const now = performance.now();
      forgetWhile((expiresAt) => expiresAt <= now);
      if (keys.some((key) => processed.has(key))) return 'duplicate';
      if (keys.some((key) => inFlight.has(key))) return 'busy';
      for (const key of keys) inFlight.add(key);
      try {
        await work(undefined);
      } finally {
        for (const key of keys) inFlight.delete(key);
      }
      for (const key of keys) processed.add(key);
      entries.set(Symbol(), { keys, expiresAt: performance.now() + ttlMs });
      forgetWhile(() => entries.size > maxEntries);
      return 'processed';
    },
  };
}
