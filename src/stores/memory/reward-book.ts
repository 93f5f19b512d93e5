import { checkOptions } from '../../check/check-options.js';
import { count, milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import type { RewardBook } from '../reward-book.js';
import {
  DEFAULT_REWARD_TTL_MS,
  buildRewardNotes,
  digestRewardId,
  readKnownReward,
  type RewardNote,
} from '../reward-notes.js';

/** Options of {@link memoryRewardBook}. */
export interface MemoryRewardBookOptions {
  /** How long to remember a reward, in milliseconds. @defaultValue 90 days */
  readonly ttlMs?: number | undefined;
  /** How many reward ids to remember, one or two per reward. Above that, the oldest are forgotten. @defaultValue `200_000` */
  readonly maxEntries?: number | undefined;
}

const schema = z.strictObject({ ttlMs: milliseconds(1, Number.MAX_SAFE_INTEGER), maxEntries: count('ids', 1) });

/**
 * Keeps the rewards that were handed out in the memory of this process, for tests and for a single process. A restart forgets them, and a
 * second process does not share them; use `redisRewardBook` or `postgresRewardBook` in production.
 *
 * @throws KiipConfigError naming every option that is out of range or unknown.
 *
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { createCallbackReceiver, memoryLedger, memoryRewardBook } from 'kiip-s2s/callbacks';
 *
 * const rewardBook = memoryRewardBook();
 * const client = new KiipClient({ appKey: 'key', appVersion: '1.4.2', test: true, rewardBook });
 * const receiver = createCallbackReceiver({ secret: 'the app secret', ledger: memoryLedger(), rewardBook });
 * ```
 */
export function memoryRewardBook(options: MemoryRewardBookOptions = {}): RewardBook {
  checkOptions('memoryRewardBook', schema, options);
  const { ttlMs = DEFAULT_REWARD_TTL_MS, maxEntries = 200_000 } = options;
  const byReward = new Map<string, Map<string, RewardNote & { readonly expiresAt: number }>>();
  let size = 0;

  const forget = (reward: string): void => {
    size -= byReward.get(reward)?.size ?? 0;
    byReward.delete(reward);
  };
  // Entries are in order of noting, so expired ones come first.
  const forgetOldest = (): void => {
    const now = Date.now();
    for (const [reward, notes] of byReward) {
      const isExpired = [...notes.values()].every(({ expiresAt }) => expiresAt <= now);
      if (!isExpired && size <= maxEntries) return;
      forget(reward);
    }
  };

  return {
    async note(reward) {
      const expiresAt = reward.at.getTime() + ttlMs;
      for (const note of buildRewardNotes(reward)) {
        const notes = byReward.get(note.reward) ?? new Map<string, RewardNote & { readonly expiresAt: number }>();
        forget(note.reward);
        // Test rewards may have many players under one id; forget the oldest of them too.
        const [oldest] = notes.keys();
        if (oldest !== undefined && notes.size >= maxEntries) notes.delete(oldest);
        const key = `${note.player} ${note.value}`;
        notes.set(key, { ...note, expiresAt: Math.max(expiresAt, notes.get(key)?.expiresAt ?? 0) });
        byReward.set(note.reward, notes);
        size += notes.size;
      }
      forgetOldest();
    },
    async find(transactionId) {
      const now = Date.now();
      const notes = [...(byReward.get(digestRewardId(transactionId))?.values() ?? [])];
      return readKnownReward(
        transactionId,
        notes.filter(({ expiresAt }) => expiresAt > now),
      );
    },
  };
}
