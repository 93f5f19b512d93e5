/** A reward that the client handed out. */
export interface NotedReward {
  /** Every id by which a callback may name the reward: the view's and the body URL's. */
  readonly ids: readonly string[];
  /** The player who asked for it; `null` when the call named none. */
  readonly userId: string | null;
  /** Its amount of virtual currency; `null` when the answer named none. */
  readonly value: number | null;
  /** When it was handed out. A book forgets it `ttlMs` later. */
  readonly at: Date;
}

/** A reward that the book knows. */
export interface KnownReward {
  /**
   * Whether a callback's user and quantity are those of the noted reward. Without a noted value every quantity matches. Pass
   * `quantity: null` for an issuance, whose amount a later event decides: it is not compared.
   */
  matches(userId: string, quantity: number | null): boolean;
}

/**
 * Remembers the rewards that were handed out, so that a receiver can recognise forged and re-cut callbacks (PROTOCOL K26). Implementations keep digests of ids and users, never the texts.
 *
 * Implementations: `memoryRewardBook` of `kiip-s2s/callbacks`, `redisRewardBook` of `kiip-s2s/redis`, `postgresRewardBook` of
 * `kiip-s2s/postgres`.
 */
export interface RewardBook {
  /** Notes a reward under each of its ids. Noting it again is harmless. */
  note(reward: NotedReward): Promise<void>;
  /** Finds the reward that a callback's `transaction_id` names; `null` when it was never noted or has expired. */
  find(transactionId: string): Promise<KnownReward | null>;
}
