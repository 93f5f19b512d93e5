/** @module kiip-s2s/postgres */
export { postgresLedger, type PostgresLedger } from './ledger.js';
export type { PostgresLedgerOptions } from './postgres-ledger-options.js';
export type { PgCallback, PgClientLike, PgPoolClientLike, PgPoolLike, PgQueryConfig, PgResult } from './client.js';
export { postgresRewardBook, type PostgresRewardBook, type PostgresRewardBookOptions } from './reward-book.js';
export { postgresConsentStore, type PostgresConsentStore, type PostgresConsentStoreOptions } from './consent-store.js';
export type { KnownReward, NotedReward, RewardBook } from '../reward-book.js';
export type { ConsentChoice, ConsentRecord, ConsentStore } from '../consent-store.js';
