export { postgresLedger, type PostgresLedger, type PostgresLedgerOptions } from './ledger.js';
export type { PgClientLike, PgPoolClientLike, PgPoolLike, PgQueryConfig, PgResult } from './client.js';
