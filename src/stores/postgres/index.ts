export { postgresLedger, type PostgresLedger } from './ledger.js';
export type { PostgresLedgerOptions } from './options.js';
export type { PgCallback, PgClientLike, PgPoolClientLike, PgPoolLike, PgQueryConfig, PgResult } from './client.js';
