/** @module kiip-s2s/sql */
export { sqlLedger, type SqlLedger } from './ledger.js';
export type { SqlLedgerOptions, SqlResult, SqlRows, SqlWritten } from './sql-ledger-options.js';
export { sqliteLedger, type SqliteLedgerOptions } from '../sqlite/ledger.js';
export type { SqliteDatabaseLike, SqliteStatementLike } from '../sqlite/database.js';
export type { SqlDialect } from './dialect.js';
