import { DEFAULT_VERDICT_TTL_MS, type Verdict, type VerdictStore } from '../verdict-store.js';
import { unknownAnswer, type RedisLike } from './client.js';
import { limitTime, notesSchema, openClient } from './open-client.js';
import { buildScript } from './scripts.js';

/** Options of {@link redisVerdictStore}. */
export interface RedisVerdictStoreOptions {
  /** Prefix of every key: `<prefix>verdict:<digest>`. @defaultValue `'kiip-s2s:'` */
  readonly prefix?: string | undefined;
  /** How long to remember a verdict, in milliseconds. @defaultValue 7 days */
  readonly ttlMs?: number | undefined;
}

/**
 * KEYS: an impression. ARGV: when the verdict came, the verdict, how many milliseconds it stays valid. An older verdict
 * changes nothing.
 */
const NOTE = buildScript(`
local at = redis.call('HGET', KEYS[1], 'at')
if at and tonumber(at) > tonumber(ARGV[1]) then return 'older' end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'verdict', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 'noted'
`);

/** KEYS: an impression. Answers with the verdict, or with `none`. */
const FIND = buildScript(`return redis.call('HGET', KEYS[1], 'verdict') or 'none'`);

const VERDICTS: readonly string[] = ['fraudulent', 'clean', 'unverified'] satisfies readonly Verdict[];
const isVerdict = (answer: string): answer is Verdict => VERDICTS.includes(answer);

/**
 * Keeps Kaminari's verdicts in Redis, for every process that shares it. Takes the same clients as `redisLedger`; you
 * close the client yourself. Stores only digests of keys and ids.
 *
 * @throws KiipConfigError with every problem: an unsupported client, an option out of range or unknown.
 *
 * @example
 * ```ts
 * import { createClient } from 'redis';
 * import { KaminariClient } from 'kiip-s2s/kaminari';
 * import { redisVerdictStore } from 'kiip-s2s/redis';
 *
 * const redis = await createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();
 * const kaminari = new KaminariClient({ kmnrKey: 'key', verdicts: redisVerdictStore(redis) });
 * ```
 */
export function redisVerdictStore(client: RedisLike, options: RedisVerdictStoreOptions = {}): VerdictStore {
  const ask = limitTime(openClient('redisVerdictStore', notesSchema, client, options));
  const { prefix = 'kiip-s2s:', ttlMs = DEFAULT_VERDICT_TTL_MS } = options;
  const nameKey = (key: string): string => `${prefix}verdict:${key}`;

  return {
    async note({ key, verdict, at }) {
      const leftMs = at.getTime() + ttlMs - Date.now();
      if (leftMs <= 0) return;
      const answer = await ask(NOTE, [nameKey(key)], [String(at.getTime()), verdict, String(leftMs)]);
      if (answer !== 'noted' && answer !== 'older') throw unknownAnswer();
    },
    async find(key) {
      const answer = await ask(FIND, [nameKey(key)], []);
      if (isVerdict(answer)) return answer;
      if (answer !== 'none') throw unknownAnswer();
      return null;
    },
  };
}
