/** A player's choice about the sale of data (PROTOCOL K14). */
export interface ConsentChoice {
  /** `true`: the player opted out. */
  readonly optedOut: boolean;
  /** Two-letter code of the US state, DC or territory. */
  readonly state?: string | undefined;
  /** When the player chose. The newest choice wins, whichever process stored it. */
  readonly at: Date;
}

/** One line of a player's history: a choice, or its delivery for one device. */
export interface ConsentRecord extends ConsentChoice {
  /** `chosen`: the player's choice. `delivered`: the platform accepted it for one of the player's devices. */
  readonly kind: 'chosen' | 'delivered';
  /** `chosen`: when the player chose. `delivered`: when the delivery was marked, by the clock of the store or of the process. */
  readonly at: Date;
}

/**
 * Remembers each player's choice, and for which pairs of user and device the platform knows it (PROTOCOL K14). Keys are digests of the
 * ids.
 *
 * Implementations: `memoryConsentStore` of `kiip-s2s/consent`, `redisConsentStore` of `kiip-s2s/redis`, `postgresConsentStore` of
 * `kiip-s2s/postgres`.
 */
export interface ConsentStore {
  /**
   * Stores a choice unless a newer one exists: a compare-and-set by `at`. Repeating the same choice later is `'unchanged'`: choices made
   * in between become `'stale'`, but it is not due again where the platform knows it. Of two different choices with the same `at`, the
   * first one stored stays.
   */
  put(userId: string, choice: ConsentChoice): Promise<'changed' | 'unchanged' | 'stale'>;
  /**
   * Returns the newest choice if the platform does not know it yet for this user and device; `null` when nothing is due. Its `at` is when
   * the choice was first made; pass it to {@link delivered}.
   */
  due(userId: string, deviceId: string): Promise<ConsentChoice | null>;
  /**
   * Marks the choice made at `at` as known to the platform for this user and device. An `at` older than the
   * marked one changes nothing.
   */
  delivered(userId: string, deviceId: string, at: Date): Promise<void>;
  /** Lists choices and deliveries with their times, oldest first: the audit trail. */
  history(userId: string): Promise<readonly ConsentRecord[]>;
}
