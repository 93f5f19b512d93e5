/**
 * The part of a {@link Ledger} that a receiver uses.
 *
 * @typeParam Tx - the transaction of the claim, with which `work` writes the credit; `undefined` when the store has no transactions.
 */
export interface LedgerRunner<Tx> {
  /**
   * Runs `work` unless one of the keys was processed before or is being worked on.
   *
   * @param keys - at least one key. Pass `event.dedupKeys`: ASCII texts of at most 141 characters, so they fit any index. Keys are case-sensitive.
   * @param work - writes the credit. Called at most once per `run`, with a claim if the ledger can lose it while the work runs.
   * @throws the error of `work`, an error of the store, or an error when the claim was lost before the work was done.
   */
  run(keys: readonly string[], work: (tx: Tx, claim?: LedgerClaim) => Promise<void>): Promise<LedgerOutcome>;
  /** Frees what the ledger itself holds (timers, never your client or pool). The receiver's `close()` calls it. */
  close?(): Promise<void>;
}

/**
 * Remembers which callbacks were credited. It credits each callback exactly once, although the platform retries and anyone can
 * replay a captured callback (PROTOCOL K26).
 *
 * Implementations: {@link memoryLedger} (one process), `redisLedger` of `kiip-s2s/redis`, `postgresLedger` of `kiip-s2s/postgres`,
 * `sqlLedger` and `sqliteLedger` of `kiip-s2s/sql`. Write your own against this contract:
 *
 * - **All keys at once.** `run` claims every key in one atomic step. If any of them was processed before, the result is
 *   `'duplicate'`, even when another is held; otherwise, if a worker holds any of them, `'busy'`. In both cases `work` is not called and
 *   nothing is written, because a refused delivery must not use up keys that a later, genuine one needs.
 * - **Busy is an answer, not a wait.** It must come within 3 seconds, so do not let a claim block on the other worker.
 * - **Work that fails leaves no trace.** When `work` throws or rejects, the claim is released and the very same error is rethrown, so a
 *   redelivery can succeed. When `work` resolves, all keys become processed in one step, before `run` resolves with `'processed'`.
 * - **A crash does not block for ever.** The claim of a worker that died ends by itself (a lease, or the end of its transaction).
 * - **Fencing.** A worker that stalled past its claim must not commit over its successor: its `run` rejects, and the successor's writes
 *   stay. A ledger with leases makes them longer than `handlerTimeoutMs` of the receiver (25 s by default), or renews them.
 * - **`tx` ends with `work`.** Once the promise of `work` has settled, any use of `tx` fails. At its time limit the receiver rejects that promise
 *   while the handler may still be running.
 * - **No half commits.** If the handler swallowed an error of `tx`, `run` rejects; it never reports `'processed'` for work that was rolled
 *   back.
 * - **No guesses.** When the store cannot be reached, `run` rejects; it never assumes "not seen before".
 *
 * @typeParam Tx - the transaction of the claim, with which `work` writes the credit; `undefined` when the store has no transactions.
 */
export interface Ledger<Tx> extends LedgerRunner<Tx> {
  /**
   * Tells whether and when one `transaction_id` was credited: lists its processed redemption and issuances, oldest first. Empty when it
   * failed, is still being processed or never arrived.
   *
   * @throws an error of the store.
   */
  find(transactionId: string): Promise<readonly LedgerEntry[]>;
}

/** The hold that a `run` has on its keys while its work runs. */
export interface LedgerClaim {
  /**
   * Calls `listener` once when the claim is lost (at once if it already is). Another worker may then credit the callback, so the work
   * should stop. The receiver aborts the handler's `signal` with `reason`.
   */
  onLost(listener: (reason: Error) => void): void;
}

/** One message of a transaction that was processed, as {@link Ledger.find} reports it. */
export interface LedgerEntry {
  /** Which of the two messages it was. */
  readonly type: 'redemption' | 'issuance';
  /** The issuance's nonce. Absent for a redemption, and for a long or unusual nonce, which is kept as a digest. */
  readonly nonce?: string | undefined;
  /** When it was processed. */
  readonly at: Date;
}

/** `processed`: this call did the work. `duplicate`: it was done before. `busy`: another worker holds the claim; try again in a moment. */
export type LedgerOutcome = 'processed' | 'duplicate' | 'busy';
