import { KiipConfigError } from '../../errors/index.js';

/** The error for a `transaction` that opens none. */
export const describeNoTransaction = (): KiipConfigError =>
  new KiipConfigError(
    'sqlLedger: transaction(run) must begin a transaction before it calls run(tx), and query must run its statements in it.',
  );

/** The error for a table that nobody has created. */
export const describeNoTable = (): KiipConfigError =>
  new KiipConfigError(
    'The table of sqlLedger does not exist: call ledger.createTable() once before the first callback.',
  );
