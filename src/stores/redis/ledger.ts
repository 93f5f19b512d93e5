import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import { listDistinctKeys } from '../keys.js';
import type { Ledger, LedgerClaim, LedgerEntry, LedgerOutcome } from '../ledger.js';
import { LedgerError } from '../ledger-error.js';
import { buildTransactionQuery, readIssuancePrefix, readLedgerEntries } from '../transaction-keys.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';
import { Lease, LeaseKeeper } from '../leases.js';
import { unknownAnswer, type RedisLike, type RunScript } from './client.js';
import { limitTime, openClient } from './open-client.js';
import { CLAIM, COMMIT, FIND, RELEASE, RENEW } from './scripts.js';
import { createToken } from '../token.js';

/** Options of {@link redisLedger}. */
export interface RedisLedgerOptions {
  /**
   * Prefix of every key: `<prefix>{ledger}<key>`. The constant hash tag keeps both keys of a callback in one slot of a Redis Cluster, as a
   * script requires; so all callbacks of one prefix live on one shard. It must not contain `{}` (an empty hash tag).
   *
   * @defaultValue `'kiip-s2s:'`
   */
  prefix?: string | undefined;
  /**
   * Milliseconds after which a claim ends without renewal: how long a callback gets a 503 after its worker was killed, and how long a worker
   * may stall before another takes over. Claims are renewed every third of this time while the work runs, so it may be shorter than the
   * receiver's `handlerTimeoutMs`.
   *
   * @defaultValue `30_000`
   */
  leaseMs?: number | undefined;
  /**
   * Milliseconds after which a processed callback is forgotten. Callbacks never expire (PROTOCOL K26), so a captured one is credited again
   * once it is forgotten. Set this only when memory matters more.
   *
   * @defaultValue for ever
   */
  ttlMs?: number | undefined;
}

const RETRY_COMMIT_MS = 200;

const schema = z.strictObject({
  prefix: z.optional(
    z.string('must be a string without "{}"').refine((value) => !value.includes('{}'), 'must be a string without "{}"'),
  ),
  leaseMs: milliseconds(30),
  ttlMs: milliseconds(1, Number.MAX_SAFE_INTEGER),
});

interface Settings {
  readonly prefix: string;
  readonly leaseMs: number;
  /** Milliseconds until a mark expires; 0 means never. */
  readonly ttlMs: number;
}

/**
 * Keeps processed callbacks in Redis, for every worker that shares it. Takes a connected client of `redis` (node-redis 4 or later),
 * `ioredis` (5 or later), their clusters, or a client of `@upstash/redis`. You close the client yourself.
 *
 * One Lua script claims all keys. A claim is a lease with its own token, so a worker that stalled past its lease cannot overwrite its
 * successor's mark; the handler's `signal` aborts when the lease is lost. Redis cannot put the credit and the mark into one transaction
 * (PROTOCOL K26): when a process dies between the two, the redelivery credits again. Make the credit itself idempotent on
 * `event.dedupKeys`, or use `postgresLedger`.
 *
 * @throws KiipConfigError with every problem: an unsupported client, a client that uses callbacks (`legacyMode`, `client.legacy()`), an
 * option out of range or unknown.
 * @example
 * ```ts
 * import { createClient } from 'redis';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { redisLedger } from 'kiip-s2s/redis';
 *
 * declare function creditOnce(key: string, userId: string, coins: number): Promise<void>;
 *
 * const client = await createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();
 * const receiver = createCallbackReceiver({
 *   secret: process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger: redisLedger(client),
 *   onRedemption: ({ dedupKeys: [key], userId, quantity }) => creditOnce(key, userId, quantity),
 * });
 * ```
 */
export function redisLedger(client: RedisLike, options: RedisLedgerOptions = {}): Ledger<undefined> {
  const script = openClient('redisLedger', schema, client, options);
  const { prefix = 'kiip-s2s:', leaseMs = 30_000, ttlMs = 0 } = options;
  return new RedisLedger(script, { prefix, leaseMs, ttlMs });
}

class RedisLedger implements Ledger<undefined> {
  readonly #script: RunScript;
  readonly #settings: Settings;
  readonly #leases: LeaseKeeper;
  readonly #closed = new AbortController();

  constructor(script: RunScript, settings: Settings) {
    this.#script = script;
    this.#settings = settings;
    this.#leases = new LeaseKeeper(settings.leaseMs, ({ keys, token }) =>
      script(RENEW, keys, [token, String(settings.leaseMs)]),
    );
  }

  async run(
    keys: readonly string[],
    work: (tx: undefined, claim?: LedgerClaim) => Promise<void>,
  ): Promise<LedgerOutcome> {
    const distinct = listDistinctKeys('redisLedger', keys);
    const lease = new Lease(
      distinct.map((key) => this.#nameKey(key)),
      createToken(),
      performance.now() + this.#settings.leaseMs,
    );
    const answer = await this.#claim(lease);
    if (answer !== 'claimed') return answer;

    this.#leases.keep(lease);
    try {
      await work(undefined, lease);
    } catch (error) {
      this.#leases.drop(lease);
      await within(this.#release(lease), STORE_TIMEOUT_MS, 'The claim ends with its lease.').catch(() => undefined);
      throw error;
    }
    this.#leases.drop(lease);
    await this.#commit(lease, distinct);
    return 'processed';
  }

  async find(transactionId: string): Promise<readonly LedgerEntry[]> {
    const query = buildTransactionQuery(transactionId);
    const names = [this.#nameKey(query.redemptionKey), this.#nameIndex(query.issuancePrefix)];
    const answer = await limitTime(this.#script)(FIND, names, []);
    const [word, mark = '', ...pairs] = answer.split('\n');
    if (word !== 'found') throw unknownAnswer();
    const rows: { key: string; at: Date }[] = [];
    const processedAt = /^done:([0-9]+):/.exec(mark)?.[1];
    if (processedAt !== undefined) rows.push({ key: query.redemptionKey, at: new Date(Number(processedAt)) });
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const at = Number(pairs[i + 1]);
      // An index lives as long as its newest entry, so it may name forgotten issuances.
      const isForgotten = this.#settings.ttlMs > 0 && at + this.#settings.ttlMs <= Date.now();
      if (!isForgotten) rows.push({ key: `${query.issuancePrefix}${pairs[i]}`, at: new Date(at) });
    }
    return readLedgerEntries(query, rows);
  }

  /** Stops background retries; the client stays open. */
  async close(): Promise<void> {
    this.#closed.abort();
  }

  #nameKey(key: string): string {
    return `${this.#settings.prefix}{ledger}${key}`;
  }

  /** Names the index that lists the nonces of a transaction's issuances, because Redis finds keys by their whole name only. */
  #nameIndex(issuancePrefix: string): string {
    return this.#nameKey(`nonces ${issuancePrefix}`);
  }

  async #claim({ keys, token }: Lease): Promise<'claimed' | 'duplicate' | 'busy'> {
    const reply = this.#script(CLAIM, keys, [token, String(this.#settings.leaseMs)]);
    let answer: string;
    try {
      answer = await within(
        reply,
        STORE_TIMEOUT_MS,
        `Redis did not answer within ${STORE_TIMEOUT_MS} ms; the callback was not processed.`,
      );
    } catch (error) {
      // The claim may still happen, because clients queue commands until they reconnect. Nobody works on it, so release it.
      reply
        .catch(() => undefined)
        .then(() => this.#script(RELEASE, keys, [token]))
        .catch(() => undefined);
      throw error;
    }
    if (answer === 'claimed' || answer === 'duplicate' || answer === 'busy') return answer;
    throw unknownAnswer();
  }

  #release({ keys, token }: Lease): Promise<string> {
    return this.#script(RELEASE, keys, [token]);
  }

  /**
   * Marks the keys as processed. The work is done, so losing the mark would mean a second credit: it retries until the
   * lease ends. Nobody waits that long: after `STORE_TIMEOUT_MS` the receiver answers 500, and the redelivery finds the
   * claim, then the mark.
   */
  async #commit(lease: Lease, keys: readonly string[]): Promise<void> {
    const answer = await within(
      this.#markUntil(lease.endsAt, ...this.#describeMark(lease, keys)),
      STORE_TIMEOUT_MS,
      `Redis did not confirm within ${STORE_TIMEOUT_MS} ms that the callback is processed. The handler's work is done, and the ledger keeps trying to mark it.`,
    );
    if (answer === 'done') return;
    if (answer !== 'lost') throw unknownAnswer();
    throw new LedgerError(
      'claim_lost',
      "This worker stalled for longer than its lease and another one took the callback over: the handler's work was not marked as processed.",
    );
  }

  /** Builds the keys and arguments of the script. Retries reuse them, so that the script recognises its own mark. */
  #describeMark({ keys: names, token }: Lease, keys: readonly string[]): [names: string[], args: string[]] {
    const args = [token, String(Date.now()), String(this.#settings.ttlMs)];
    const indexes: string[] = [];
    for (const key of keys) {
      const issuancePrefix = readIssuancePrefix(key);
      if (issuancePrefix === null) continue;
      indexes.push(this.#nameIndex(issuancePrefix));
      args.push(key.slice(issuancePrefix.length));
    }
    return [[...names, ...indexes], args];
  }

  async #markUntil(endsAt: number, names: string[], args: string[]): Promise<string> {
    for (;;) {
      try {
        return await this.#script(COMMIT, names, args);
      } catch (error) {
        if (performance.now() + RETRY_COMMIT_MS > endsAt || this.#closed.signal.aborted) throw error;
        await sleep(RETRY_COMMIT_MS, undefined, { ref: false, signal: this.#closed.signal }).catch(() => undefined);
      }
    }
  }
}
