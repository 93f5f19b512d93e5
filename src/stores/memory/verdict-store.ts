import { checkOptions } from '../../check/check-options.js';
import { count, milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import { DEFAULT_VERDICT_TTL_MS, type NotedVerdict, type VerdictStore } from '../verdict-store.js';

/** Options of {@link memoryVerdictStore}. */
export interface MemoryVerdictStoreOptions {
  /** How long to remember a verdict, in milliseconds. @defaultValue 7 days */
  readonly ttlMs?: number | undefined;
  /** How many verdicts to remember. Above that, the oldest are forgotten. @defaultValue `100_000` */
  readonly maxEntries?: number | undefined;
}

const schema = z.strictObject({ ttlMs: milliseconds(1, Number.MAX_SAFE_INTEGER), maxEntries: count('verdicts', 1) });

/**
 * Keeps Kaminari's verdicts in the memory of this process, for tests and for a single process. A restart forgets them,
 * and a second process does not share them; use `redisVerdictStore` of `kiip-s2s/redis` in production.
 *
 * @throws KiipConfigError naming every option that is out of range or unknown.
 * @example
 * ```ts
 * import { KaminariClient, memoryVerdictStore } from 'kiip-s2s/kaminari';
 *
 * const kaminari = new KaminariClient({ kmnrKey: 'key', verdicts: memoryVerdictStore({ maxEntries: 10_000 }) });
 * ```
 */
export function memoryVerdictStore(options: MemoryVerdictStoreOptions = {}): VerdictStore {
  checkOptions('memoryVerdictStore', schema, options);
  const { ttlMs = DEFAULT_VERDICT_TTL_MS, maxEntries = 100_000 } = options;
  // Entries are in order of noting, so expired ones come first.
  const byKey = new Map<string, NotedVerdict>();
  const isExpired = ({ at }: NotedVerdict): boolean => at.getTime() + ttlMs <= Date.now();

  return {
    async note(noted) {
      const known = byKey.get(noted.key);
      if (known !== undefined && known.at > noted.at) return;
      byKey.delete(noted.key);
      byKey.set(noted.key, noted);
      for (const [key, oldest] of byKey) {
        if (byKey.size <= maxEntries && !isExpired(oldest)) return;
        byKey.delete(key);
      }
    },
    async find(key) {
      const known = byKey.get(key);
      return known === undefined || isExpired(known) ? null : known.verdict;
    },
  };
}
