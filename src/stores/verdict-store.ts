/** What Kaminari thinks of an impression (PROTOCOL M9). */
export type Verdict = 'fraudulent' | 'clean' | 'unverified';

/** One verdict as a store keeps it. */
export interface NotedVerdict {
  /** A digest of the integration's key and the impression's id: 64 hexadecimal characters. */
  readonly key: string;
  /** What Kaminari said. */
  readonly verdict: Verdict;
  /** When the ping-back came. */
  readonly at: Date;
}

/**
 * Remembers Kaminari's verdicts, for `KaminariClient.verdictFor`. Write your own against this contract:
 *
 * - `note` keeps one verdict for each key: the one with the latest `at`. Of two with the same `at` the one that is noted later stays. What
 *   `note` has resolved for, every process that shares the store finds.
 * - A store may forget, after days rather than minutes. It never answers with another key's verdict.
 * - A store that cannot be reached rejects; it never answers `null` then.
 *
 * Implementations: `memoryVerdictStore` of `kiip-s2s/kaminari` (one process), `redisVerdictStore` of `kiip-s2s/redis`.
 */
export interface VerdictStore {
  /** Keeps a verdict, unless a later one of the same key is there. */
  note(noted: NotedVerdict): Promise<void>;
  /** The verdict of a key; `null` when none came, or too long ago. */
  find(key: string): Promise<Verdict | null>;
}

/** How long a verdict is remembered unless told: 7 days. */
export const DEFAULT_VERDICT_TTL_MS = 7 * 24 * 60 * 60 * 1000;
