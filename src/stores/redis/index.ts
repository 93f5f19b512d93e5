/** @module kiip-s2s/redis */
export { redisLedger, type RedisLedgerOptions } from './ledger.js';
export type { IoRedisLike, NodeRedisLike, RedisLike, UpstashRedisLike } from './client.js';
export { redisRewardBook, type RedisRewardBookOptions } from './reward-book.js';
export { redisConsentStore, type RedisConsentStoreOptions } from './consent-store.js';
export { redisVerdictStore, type RedisVerdictStoreOptions } from './verdict-store.js';
export type { NotedVerdict, Verdict, VerdictStore } from '../verdict-store.js';
export type { KnownReward, NotedReward, RewardBook } from '../reward-book.js';
export type { ConsentChoice, ConsentRecord, ConsentStore } from '../consent-store.js';
export type { Ledger, LedgerClaim, LedgerEntry, LedgerOutcome, LedgerRunner } from '../ledger.js';
