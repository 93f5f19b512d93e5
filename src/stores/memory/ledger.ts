import { checkOptions } from '../../check/check-options.js';
import { count } from '../../check/rules.js';
import * as z from '../../zod.js';
import { listDistinctKeys } from '../keys.js';
import type { Ledger, LedgerEntry, LedgerOutcome } from '../ledger.js';
import { buildTransactionQuery, readLedgerEntries } from '../transaction-keys.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Options of {@link memoryLedger}. */
export interface MemoryLedgerOptions {
  /** How long to remember a processed callback, in milliseconds. `Infinity` is allowed. @defaultValue 7 days */
  readonly ttlMs?: number | undefined;
  /**
   * How many processed callbacks to remember. Above that, the oldest are forgotten; callbacks in flight are never forgotten.
   * @defaultValue `100_000`
   */
  readonly maxEntries?: number | undefined;
}

const schema = z.strictObject({
  ttlMs: z.optional(
    z.custom<number>((value) => typeof value === 'number' && value > 0, 'must be a number of milliseconds above 0'),
  ),
  maxEntries: count('callbacks', 1),
});

/**
 * Keeps processed callbacks in the memory of this process, for tests and for a single process that can accept a second credit after a
 * restart. It forgets a callback after 7 days, after 100,000 others, and at a restart; a forgotten callback can be replayed. A second
 * process does not share it. On one machine `sqliteLedger` of `kiip-s2s/sql` survives a restart; on several use `postgresLedger` or `redisLedger`.
 *
 * @throws KiipConfigError naming every option that is out of range or unknown.
 *
 * @example
 * ```ts
 * import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
 *
 * const receiver = createCallbackReceiver({ secret: 'the app secret', ledger: memoryLedger({ maxEntries: 10_000 }) });
 * ```
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): Ledger<undefined> {
  checkOptions('memoryLedger', schema, options);
  const { ttlMs = 7 * DAY_MS, maxEntries = 100_000 } = options;

  const inFlight = new Set<string>();
  const processed = new Map<
    string,
    { readonly at: Date; readonly expiresAt: number; readonly keys: readonly string[] }
  >();
  // One entry per callback, oldest first. All live equally long, so they expire in order of insertion.
  const entries = new Set<{ readonly at: Date; readonly expiresAt: number; readonly keys: readonly string[] }>();

  const forgetWhile = (isDue: (expiresAt: number) => boolean): void => {
    for (const entry of entries) {
      if (!isDue(entry.expiresAt)) return;
      entries.delete(entry);
      for (const key of entry.keys) processed.delete(key);
    }
  };
  const forgetExpired = (): void => {
    const now = performance.now();
    forgetWhile((expiresAt) => expiresAt <= now);
  };

  return {
    async run(given, work): Promise<LedgerOutcome> {
      const keys = listDistinctKeys('memoryLedger', given);
      forgetExpired();
      if (keys.some((key) => processed.has(key))) return 'duplicate';
      if (keys.some((key) => inFlight.has(key))) return 'busy';
      for (const key of keys) inFlight.add(key);
      try {
        await work(undefined);
      } finally {
        for (const key of keys) inFlight.delete(key);
      }
      const entry = { keys, at: new Date(), expiresAt: performance.now() + ttlMs };
      for (const key of keys) processed.set(key, entry);
      entries.add(entry);
      forgetWhile(() => entries.size > maxEntries);
      return 'processed';
    },
    async find(transactionId): Promise<readonly LedgerEntry[]> {
      forgetExpired();
      const rows = [...processed].map(([key, { at }]) => ({ key, at }));
      return readLedgerEntries(buildTransactionQuery(transactionId), rows);
    },
  };
}
