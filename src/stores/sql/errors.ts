import { KiipConfigError } from '../../errors/index.js';

/** Builds the error for a `transaction` option that opens no transaction. */
export const describeNoTransaction = (): KiipConfigError =>
  new KiipConfigError(
    'sqlLedger: transaction(run) must begin a transaction before it calls run(tx), and query must run its statements in it.',
  );

/** Builds the error for a missing table. */
export const describeNoTable = (): KiipConfigError =>
  new KiipConfigError(
    'The table of sqlLedger does not exist: call ledger.createTable() once before the first callback.',
  );
