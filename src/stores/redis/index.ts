export { redisLedger, type RedisLedgerOptions } from './ledger.js';
export type { IoRedisLike, NodeRedisLike, RedisLike } from './client.js';
