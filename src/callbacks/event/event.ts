/** A player redeemed a reward with virtual currency: credit `quantity` of `content` to `userId` (PROTOCOL K21). */
export interface RedemptionEvent {
  /** Tells the two events apart. */
  readonly type: 'redemption';
  /** The platform's `transaction_id`: the reward's id. */
  readonly transactionId: string;
  /** Identifier of the virtual currency. */
  readonly content: string;
  /**
   * Display name of the virtual currency. The legacy formula does not sign it (PROTOCOL K23), and lets it be missing:
   * then it is `''`.
   */
  readonly name: string;
  /** How much to credit. Above 2^53 use `quantityText`. */
  readonly quantity: number;
  /**
   * The quantity exactly as sent, such as `20.0` or `9007199254740993`: the text that the signature covers
   * (PROTOCOL K24).
   */
  readonly quantityText: string;
  /** The `user.userid` that the game sent with the moment. */
  readonly userId: string;
  /**
   * The keys to pass to a ledger (PROTOCOL K26): the verified digest in lower-case hex, and the platform's own ids. The
   * second is readable when the ids are short and plain (`redemption <id>`, `issuance <length> <id><nonce>`), and a
   * digest otherwise. Each has at most 141 ASCII characters.
   */
  readonly dedupKeys: readonly [string, string];
}

/** The platform issues virtual currency for a later event, an install or a survey (PROTOCOL K21). */
export interface IssuanceEvent {
  /** Tells the two events apart. */
  readonly type: 'issuance';
  /**
   * The platform's `transaction_id`: the linked reward's id. One transaction may have many issuances, each with its own
   * `nonce`.
   */
  readonly transactionId: string;
  /** Identifier of the virtual currency. */
  readonly content: string;
  /** Identifies this message together with `transactionId`. */
  readonly nonce: string;
  /** What triggered it, such as `survey`. */
  readonly origin: string;
  /** How much to credit. Above 2^53 use `quantityText`. */
  readonly quantity: number;
  /**
   * The quantity exactly as sent, such as `20.0` or `9007199254740993`: the text that the signature covers
   * (PROTOCOL K24).
   */
  readonly quantityText: string;
  /** The `user.userid` that the game sent with the moment. */
  readonly userId: string;
  /**
   * The keys to pass to a ledger (PROTOCOL K26): the verified digest in lower-case hex, and the platform's own ids. The
   * second is readable when the ids are short and plain (`redemption <id>`, `issuance <length> <id><nonce>`), and a
   * digest otherwise. Each has at most 141 ASCII characters.
   */
  readonly dedupKeys: readonly [string, string];
}

/** A verified callback. Narrow it by `type`. */
export type CallbackEvent = RedemptionEvent | IssuanceEvent;
