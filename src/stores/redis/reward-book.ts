import type { NotedReward, RewardBook } from '../reward-book.js';
import { DEFAULT_REWARD_TTL_MS, buildRewardNotes, digestRewardId, readKnownReward } from '../reward-notes.js';
import { unknownAnswer, type RedisLike } from './client.js';
import { limitTime, notesSchema, openClient } from './open-client.js';
import { buildScript } from './scripts.js';

/** Options of {@link redisRewardBook}. */
export interface RedisRewardBookOptions {
  /** Prefix of every key: `<prefix>reward:<digest>`. @defaultValue `'kiip-s2s:'` */
  readonly prefix?: string | undefined;
  /** How long to remember a reward, in milliseconds. @defaultValue 90 days */
  readonly ttlMs?: number | undefined;
}

/**
 * KEYS: a reward. ARGV: the note, when it was made, how many milliseconds it stays valid. The newest time of a note
 * counts, and the key lives as long as its newest note.
 */
const NOTE = buildScript(`
local noted = redis.call('HGET', KEYS[1], ARGV[1])
if not noted or tonumber(noted) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 'noted'
`);

/** KEYS: a reward. Answers in lines: a word, then notes and times alternating. */
const FIND = buildScript(`
local lines = { 'found' }
for _, text in ipairs(redis.call('HGETALL', KEYS[1])) do lines[#lines + 1] = text end
return table.concat(lines, '\\n')
`);

/**
 * Keeps the rewards that were handed out in Redis, for every worker that shares it. Takes the same clients as `redisLedger`; you close the
 * client yourself. Stores only digests of ids and users.
 *
 * @throws KiipConfigError with every problem: an unsupported client, an option out of range or unknown.
 *
 * @example
 * ```ts
 * import { createClient } from 'redis';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { redisLedger, redisRewardBook } from 'kiip-s2s/redis';
 *
 * const client = await createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();
 * const receiver = createCallbackReceiver({
 *   secret: process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger: redisLedger(client),
 *   rewardBook: redisRewardBook(client),
 *   unknownReward: 'refuse',
 * });
 * ```
 */
export function redisRewardBook(client: RedisLike, options: RedisRewardBookOptions = {}): RewardBook {
  const ask = limitTime(openClient('redisRewardBook', notesSchema, client, options));
  const { prefix = 'kiip-s2s:', ttlMs = DEFAULT_REWARD_TTL_MS } = options;
  const nameKey = (reward: string): string => `${prefix}reward:${reward}`;

  return {
    async note(given: NotedReward) {
      const at = given.at.getTime();
      const leftMs = at + ttlMs - Date.now();
      if (leftMs <= 0) return;
      // One key per script, so that a cluster can spread them.
      await Promise.all(
        buildRewardNotes(given).map(({ reward, player, value }) =>
          ask(NOTE, [nameKey(reward)], [`${player} ${value}`, String(at), String(leftMs)]),
        ),
      );
    },
    async find(transactionId) {
      const [word, ...lines] = (await ask(FIND, [nameKey(digestRewardId(transactionId))], [])).split('\n');
      if (word !== 'found') throw unknownAnswer();
      const notes: { player: string; value: string }[] = [];
      for (let i = 0; i + 1 < lines.length; i += 2) {
        const [player = '', value = ''] = (lines[i] ?? '').split(' ');
        if (Number(lines[i + 1]) + ttlMs > Date.now()) notes.push({ player, value });
      }
      return readKnownReward(transactionId, notes);
    },
  };
}
