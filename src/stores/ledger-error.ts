/**
 * Why a run failed on the ledger's side. Internal: the receiver's `onError` gets it, and the receiver's warning names its code.
 *
 * - `store_timeout`: the store did not answer in time.
 * - `store_answer`: the store, or a function that calls it, gave an impossible answer.
 * - `claim_lost`: another worker took over.
 * - `closed`: the ledger was closed.
 * - `tx_failed`: the handler swallowed an SQL error.
 * - `tx_ended`: the handler ended the transaction.
 * - `tx_over`: a statement after the end of the handler.
 * - `tx_refused`: a statement that `tx` does not take.
 */
export type LedgerErrorCode =
  'store_timeout' | 'store_answer' | 'claim_lost' | 'closed' | 'tx_failed' | 'tx_ended' | 'tx_over' | 'tx_refused';

export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The errors that handlers and their ORMs get from `tx`, in one wording for all SQL ledgers. */
export const TX_ERRORS = {
  over: () =>
    new LedgerError(
      'tx_over',
      'tx is over: the handler has returned, failed, or reached its time limit. Nothing was executed. Await every statement before the handler returns.',
    ),
  ended: () =>
    new LedgerError(
      'tx_ended',
      'The handler ended the transaction of the callback, which only the ledger may do. Later statements are refused: leave COMMIT and ROLLBACK to the ledger.',
    ),
  control: () =>
    new LedgerError(
      'tx_refused',
      'tx is the transaction of the callback: it begins and ends with the handler. Use SAVEPOINT for parts; throw to undo everything.',
    ),
  implicitCommit: () =>
    new LedgerError(
      'tx_refused',
      'The database commits the transaction of the callback before a statement like this one (DDL, LOCK TABLES, SET autocommit): run it elsewhere. Nothing was executed.',
    ),
  failed: () =>
    new LedgerError(
      'tx_failed',
      'A statement of the handler failed and the handler went on: the transaction was rolled back and nothing was credited. Let SQL errors through, or use a SAVEPOINT.',
    ),
} as const;
