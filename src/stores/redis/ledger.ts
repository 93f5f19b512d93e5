import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, LedgerOutcome } from '../ledger.js';
import { LedgerError } from '../ledger-error.js';
import { MAX_TIMER_MS, distinctKeys, durationIssues, refuse } from '../options.js';
import { isIoRedis, isNodeRedis, scriptRunner, surviveDisconnects, type RedisLike, type RunScript } from './client.js';
import { CLAIM, COMMIT, RELEASE, RENEW } from './scripts.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';

/** Options of {@link redisLedger}. */
export interface RedisLedgerOptions {
  /**
   * Starts every key: `<prefix>{ledger}<digest>`. The constant hash tag keeps both keys of a callback in one slot of a Redis Cluster, where
   * one script can reach them; so all callbacks of one prefix live on one shard. Must not contain `{}` (an empty hash tag).
   *
   * @defaultValue `'kiip-s2s:'`
   */
  prefix?: string;
  /**
   * Milliseconds that a claim outlives its worker. Renewed every third of it while the work runs, so it need not cover the receiver's
   * `handlerTimeoutMs`: it is how long a callback waits (503) after its worker was killed, and how long a worker may stall before another
   * one takes over.
   *
   * @defaultValue `30_000`
   */
  leaseMs?: number;
  /**
   * Milliseconds after which a processed callback is forgotten. Callbacks carry no time and are valid for ever (PROTOCOL K26): after it, a
   * captured one is credited again. Set it only when memory matters more than that.
   *
   * @defaultValue for ever
   */
  ttlMs?: number;
}

const RETRY_COMMIT_MS = 200;

/**
 * Remembers processed callbacks in Redis, for every worker that shares it. Takes a connected client of `redis` (node-redis 4 or later) or
 * `ioredis` (5 or later), also their clusters; the client stays yours to close.
 *
 * Claims of all keys are one Lua script; a claim is a lease with a random token, so a worker that stalled past its lease cannot mark its
 * work done over its successor's. What Redis cannot give is one transaction over the credit and the mark (PROTOCOL K26): a process that
 * dies between the two is credited again on redelivery. Make the credit itself idempotent on `event.dedupKeys`, or use `postgresLedger`.
 *
 * @throws KiipConfigError for a client that is neither, or options out of range; names all problems.
 * @example
 * import { createClient } from 'redis';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { redisLedger } from 'kiip-s2s/redis';
 *
 * const client = await createClient({ url: process.env.REDIS_URL }).connect();
 * const receiver = createCallbackReceiver({ secret: process.env.KIIP_APP_SECRET!, ledger: redisLedger(client), onRedemption });
 */
export function redisLedger(client: RedisLike, options: RedisLedgerOptions = {}): Ledger<undefined> {
  const { prefix = 'kiip-s2s:', leaseMs = 30_000, ttlMs } = options;
  refuse('redisLedger', [
    ...(isNodeRedis(client) || isIoRedis(client)
      ? []
      : [{ path: 'client', message: 'must be a client of the package redis (4 or later) or ioredis (5 or later)' }]),
    ...(typeof prefix === 'string' && !prefix.includes('{}')
      ? []
      : [{ path: 'prefix', message: 'must be a string without "{}"' }]),
    ...durationIssues('leaseMs', leaseMs, { min: 30, max: MAX_TIMER_MS }),
    ...(ttlMs === undefined ? [] : durationIssues('ttlMs', ttlMs, { min: 1, max: Number.MAX_SAFE_INTEGER })),
  ]);
  surviveDisconnects(client);
  return new RedisLedger(scriptRunner(client), { prefix, leaseMs, ttlMs: ttlMs ?? 0 });
}

class RedisLedger implements Ledger<undefined> {
  readonly #script: RunScript;
  readonly #options: Required<RedisLedgerOptions>;
  readonly #closed = new AbortController();

  constructor(script: RunScript, options: Required<RedisLedgerOptions>) {
    this.#script = script;
    this.#options = options;
  }

  async run(keys: readonly string[], work: (tx: undefined) => Promise<void>): Promise<LedgerOutcome> {
    const names = distinctKeys('redisLedger', keys).map((key) => `${this.#options.prefix}{ledger}${key}`);
    const token = randomBytes(16).toString('base64url');
    const answer = await this.#claim(names, token);
    if (answer !== 'claimed') return answer;

    const lease = this.#keepAlive(names, token);
    try {
      await work(undefined);
    } catch (error) {
      lease.stop();
      await within(this.#release(names, token), STORE_TIMEOUT_MS, 'The claim ends with its lease.').catch(
        () => undefined,
      );
      throw error;
    }
    lease.stop();
    await this.#commit(names, token, lease.endsAt());
    return 'processed';
  }

  /** Stops what still tries to reach Redis in the background; the client stays open. */
  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #claim(names: string[], token: string): Promise<'claimed' | 'duplicate' | 'busy'> {
    const reply = this.#script(CLAIM, names, [`claim:${token}`, String(this.#options.leaseMs)]);
    let answer: string;
    try {
      answer = await within(
        reply,
        STORE_TIMEOUT_MS,
        `Redis did not answer within ${STORE_TIMEOUT_MS} ms; the callback was not processed.`,
      );
    } catch (error) {
      // The claim may still be made: clients queue commands until they are connected again. Nobody works on it, so it is given back.
      reply
        .catch(() => undefined)
        .then(() => this.#release(names, token))
        .catch(() => undefined);
      throw error;
    }
    if (answer === 'claimed' || answer === 'duplicate' || answer === 'busy') return answer;
    throw new LedgerError(
      'store_answer',
      'Redis gave an answer that the claim script does not have; is the client one of redis 4+ or ioredis 5+?',
    );
  }

  #release(names: string[], token: string): Promise<string> {
    return this.#script(RELEASE, names, [`claim:${token}`]);
  }

  /** Renews until stopped. A process that stalls stops renewing by itself, and the script refuses to revive what ended meanwhile. */
  #keepAlive(names: string[], token: string): { stop(): void; endsAt(): number } {
    const { leaseMs } = this.#options;
    let endsAt = performance.now() + leaseMs;
    let renewing = false;
    const timer = setInterval(() => {
      if (renewing) return;
      renewing = true;
      const asked = performance.now();
      this.#script(RENEW, names, [`claim:${token}`, String(leaseMs)])
        .then((answer) => {
          if (answer === 'renewed') endsAt = asked + leaseMs;
          else clearInterval(timer);
        })
        .catch(() => undefined)
        .finally(() => (renewing = false));
    }, leaseMs / 3).unref();
    return { stop: () => clearInterval(timer), endsAt: () => endsAt };
  }

  /**
   * The work is done, so a mark that gets lost means a second credit: it is tried until the lease ends. The answer does not wait for that;
   * it says 500, and the redelivery finds the claim, then the mark.
   */
  async #commit(names: string[], token: string, endsAt: number): Promise<void> {
    const answer = await within(
      this.#markUntil(endsAt, names, token),
      STORE_TIMEOUT_MS,
      `Redis did not confirm within ${STORE_TIMEOUT_MS} ms that the callback is processed. The handler's work is done; marking it is still being tried.`,
    );
    if (answer === 'done') return;
    throw new LedgerError(
      'claim_lost',
      "This worker stalled for longer than its lease and another one took the callback over: the handler's work was not marked as processed.",
    );
  }

  async #markUntil(endsAt: number, names: string[], token: string): Promise<string> {
    for (;;) {
      try {
        return await this.#script(COMMIT, names, [`claim:${token}`, `done:${token}`, String(this.#options.ttlMs)]);
      } catch (error) {
        if (performance.now() + RETRY_COMMIT_MS > endsAt || this.#closed.signal.aborted) throw error;
        await sleep(RETRY_COMMIT_MS, undefined, { ref: false, signal: this.#closed.signal }).catch(() => undefined);
      }
    }
  }
}
