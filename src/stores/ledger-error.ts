/**
 * Why a run failed on the ledger's side. Internal: it reaches the receiver's `onError`, and its code the receiver's warning.
 *
 * `store_timeout`: the store said nothing in time. `claim_lost`: another worker took over. `tx_failed`: the handler swallowed an SQL error.
 * `tx_ended`: the handler ended the transaction. `tx_over`, `tx_refused`: a statement that `tx` does not take.
 */
export type LedgerErrorCode =
  'store_timeout' | 'store_answer' | 'claim_lost' | 'tx_failed' | 'tx_ended' | 'tx_over' | 'tx_refused';

export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
