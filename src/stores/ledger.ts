/**
 * The part of a {@link Ledger} that a receiver uses.
 *
 * @typeParam Tx - what `work` gets to write with in the same transaction as the claim; `undefined` where the store has no such thing.
 */
export interface LedgerRunner<Tx> {
  /**
   * Runs `work` unless one of the keys was processed before or is being worked on.
   *
   * @param keys - at least one. Pass `event.dedupKeys`: ASCII texts of at most 141 characters, so they fit any index. Letter case counts.
   * @param work - the credit. Called at most once per `run`, with a claim where the ledger can lose it while the work runs.
   * @throws what `work` threw; an error of the store; an error when the claim was lost before the work was done.
   */
  run(keys: readonly string[], work: (tx: Tx, claim?: LedgerClaim) => Promise<void>): Promise<LedgerOutcome>;
  /** Frees what the ledger itself holds (timers, never the caller's client or pool). Called by the receiver's `close()`. */
  close?(): Promise<void>;
}

/**
 * Remembers which callbacks were credited. It makes "exactly once" out of a platform that retries and of captured callbacks that anyone
 * can replay (PROTOCOL K26).
 *
 * Implementations: {@link memoryLedger} (one process), `redisLedger` of `kiip-s2s/redis`, `postgresLedger` of `kiip-s2s/postgres`,
 * `sqlLedger` and `sqliteLedger` of `kiip-s2s/sql`. Write your own against this contract:
 *
 * - **All keys at once.** `run` claims every key in one atomic step. If any of them was processed before the answer is `'duplicate'`
 *   (also when another one is held); else, if any is held by a worker that is still at it, `'busy'`. In both cases `work` is not called
 *   and nothing is written: a refused delivery must not burn keys that a later, genuine one needs.
 * - **Busy is an answer, not a wait.** It comes within 3 seconds, so a claim must not block on the other worker.
 * - **Work that fails leaves no trace.** When `work` throws or rejects, the claim is released and the very same error is rethrown, so a
 *   redelivery can succeed. `work` that resolves makes all keys processed, in one step, before `run` resolves with `'processed'`.
 * - **A crash does not block for ever.** The claim of a worker that died ends by itself (a lease, or the end of its transaction).
 * - **Fencing.** A worker that stalled past its claim must not commit over its successor: its `run` rejects, and what the successor wrote
 *   stays. A ledger with leases makes them longer than `handlerTimeoutMs` of the receiver (25 s by default), or renews them.
 * - **`tx` ends with `work`.** When the promise of `work` has settled, any further use of `tx` fails: the receiver gives up on a handler
 *   at its time limit by rejecting that promise, and the handler may still be running.
 * - **No half commits.** If `tx` met an error that the handler swallowed, `run` rejects; it never reports `'processed'` for work that was
 *   rolled back.
 * - A store that cannot be reached makes `run` reject; it is never taken for "not seen before".
 *
 * @typeParam Tx - what `work` gets to write with in the same transaction as the claim; `undefined` where the store has no such thing.
 */
export interface Ledger<Tx> extends LedgerRunner<Tx> {
  /**
   * Answers "was it credited, and when" for one `transaction_id`: its redemption and each of its issuances that was processed, oldest first.
   * Empty for what failed, is still at work or never came.
   *
   * @throws an error of the store.
   */
  find(transactionId: string): Promise<readonly LedgerEntry[]>;
}

/** The hold that a `run` has on its keys while its work runs. */
export interface LedgerClaim {
  /**
   * Calls `listener` once when the claim is lost, at once when it is lost already: another worker may credit the callback from then on, so
   * the work should stop. The receiver aborts the handler's `signal` with `reason`.
   */
  onLost(listener: (reason: Error) => void): void;
}

/** One message of a transaction that was processed, as {@link Ledger.find} reports it. */
export interface LedgerEntry {
  readonly type: 'redemption' | 'issuance';
  /** The issuance's nonce. Absent for a redemption, and for a nonce that is kept as a digest because it is long or has unusual characters. */
  readonly nonce?: string;
  /** When it was processed. */
  readonly at: Date;
}

/** `processed`: this call did the work. `duplicate`: it was done before. `busy`: another worker holds it, try again in a moment. */
export type LedgerOutcome = 'processed' | 'duplicate' | 'busy';
