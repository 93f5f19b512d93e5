export { redisLedger, type RedisLedgerOptions } from './ledger.js';
export type { IoRedisLike, NodeRedisLike, RedisLike, UpstashRedisLike } from './client.js';
export type { Ledger, LedgerClaim, LedgerEntry, LedgerOutcome, LedgerRunner } from '../ledger.js';
