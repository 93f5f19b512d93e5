/** A player's choice about the sale of data (PROTOCOL K14). */
export interface ConsentChoice {
  /** `true`: the player opted out. */
  readonly optedOut: boolean;
  /** Two-letter code of the US state, DC or territory. */
  readonly state?: string | undefined;
  /** When the player chose. The newest choice wins, whichever process it came through. */
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
 * Remembers what each player chose and which pairs of user and device the platform knows it for (PROTOCOL K14). Keys are digests
 * of the ids.
 *
 * Implementations: `memoryConsentStore` of `kiip-s2s/consent`, `redisConsentStore` of `kiip-s2s/redis`, `postgresConsentStore` of
 * `kiip-s2s/postgres`.
 */
export interface ConsentStore {
  /**
   * Stores a choice, unless a newer one is there: a compare-and-set by `at`. The same choice again, later, is `'unchanged'`: it makes
   * choices in between `'stale'`, but is not due again where the platform knows it. Of two different choices made at the same
   * millisecond the first that is stored stays.
   */
  put(userId: string, choice: ConsentChoice): Promise<'changed' | 'unchanged' | 'stale'>;
  /**
   * The newest choice when the platform does not know it yet for this user and device; `null` when nothing is due. Its `at` is when
   * the choice was first made, and is what {@link delivered} takes.
   */
  due(userId: string, deviceId: string): Promise<ConsentChoice | null>;
  /**
   * Marks the choice made at `at` as known to the platform for this user and device. Never moves backwards: an older time than the
   * one that is marked changes nothing.
   */
  delivered(userId: string, deviceId: string, at: Date): Promise<void>;
  /** What was chosen and delivered when, oldest first: the audit trail. */
  history(userId: string): Promise<readonly ConsentRecord[]>;
}
