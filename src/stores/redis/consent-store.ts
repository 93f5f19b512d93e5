import * as z from '../../zod.js';
import type { ConsentStore } from '../consent-store.js';
import { buildConsentStore } from '../document-consent-store.js';
import { unknownAnswer, type RedisLike } from './client.js';
import { limitTime, openClient } from './open-client.js';
import { buildScript } from './scripts.js';

/** Options of {@link redisConsentStore}. */
export interface RedisConsentStoreOptions {
  /** Prefix of every key: `<prefix>consent:<digest>`. @defaultValue `'kiip-s2s:'` */
  readonly prefix?: string | undefined;
}

const schema = z.strictObject({ prefix: z.optional(z.string('must be a string')) });

/** KEYS: a player. A letter in front keeps Upstash's client from parsing the text as JSON. */
const LOAD = buildScript(`return 't' .. (redis.call('GET', KEYS[1]) or '')`);

/** KEYS: a player. ARGV: the expected text (empty: no text), the text to write. */
const REPLACE = buildScript(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'raced' end
redis.call('SET', KEYS[1], ARGV[2])
return 'replaced'
`);

/**
 * Keeps players' choices about the sale of data, and their delivery to the platform, in Redis (PROTOCOL K14), for every worker that shares
 * it. Takes the same clients as `redisLedger`; you close the client yourself. Stores ids as digests. Nothing expires: run Redis with
 * persistence and without eviction, because losing a choice means ignoring an opt-out.
 *
 * @throws KiipConfigError with every problem: an unsupported client, an unknown option.
 *
 * @example
 * ```ts
 * import { createClient } from 'redis';
 * import { KiipClient } from 'kiip-s2s';
 * import { redisConsentStore } from 'kiip-s2s/redis';
 *
 * const redis = await createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();
 * const client = new KiipClient({ appKey: 'key', appVersion: '1.4.2', test: false, consentStore: redisConsentStore(redis) });
 * ```
 */
export function redisConsentStore(client: RedisLike, options: RedisConsentStoreOptions = {}): ConsentStore {
  const ask = limitTime(openClient('redisConsentStore', schema, client, options));
  const { prefix = 'kiip-s2s:' } = options;

  return buildConsentStore({
    async load(key) {
      const answer = await ask(LOAD, [`${prefix}consent:${key}`], []);
      if (!answer.startsWith('t')) throw unknownAnswer();
      return answer === 't' ? null : answer.slice(1);
    },
    async replace(key, expected, text) {
      const answer = await ask(REPLACE, [`${prefix}consent:${key}`], [expected ?? '', text]);
      if (answer !== 'replaced' && answer !== 'raced') throw unknownAnswer();
      return answer === 'replaced';
    },
  });
}
