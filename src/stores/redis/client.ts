import { LedgerError } from '../ledger-error.js';
import type { RedisScript } from './scripts.js';

/** What is used of a client, cluster or pool of the package `redis` (node-redis), version 4 or later. */
export interface NodeRedisLike {
  connect(): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What is used of a client or cluster of the package `ioredis`, version 5 or later. */
export interface IoRedisLike {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** What is used of a client of the package `@upstash/redis`, which speaks REST. */
export interface UpstashRedisLike {
  createScript(script: string): unknown;
  evalsha(sha1: string, keys: string[], args: string[]): Promise<unknown>;
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
}

/** Any of the three clients, told apart by their methods, so none of the packages is imported. */
export type RedisLike = NodeRedisLike | IoRedisLike | UpstashRedisLike;

/** Runs a script on all keys at once and resolves with its answer. */
export type RunScript = (script: RedisScript, keys: string[], args: string[]) => Promise<string>;

type Call = (script: string, keys: string[], args: string[]) => Promise<unknown>;

/** How one kind of client runs a script by its digest and by its source. */
interface Dialect {
  readonly bySha1: Call;
  readonly bySource: Call;
}

const has = (client: object, ...methods: string[]): boolean =>
  methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');

const isNodeRedis = (client: object): client is NodeRedisLike => has(client, 'evalSha', 'eval', 'connect');
const isUpstash = (client: object): client is UpstashRedisLike => has(client, 'evalsha', 'eval', 'createScript');
const isIoRedis = (client: object): client is IoRedisLike => has(client, 'evalsha', 'eval');

const PROMISES = 'must be a client that answers with promises';

/** What is wrong with a client, or `null`. */
export function findClientProblem(client: unknown): string | null {
  const kinds = 'must be a client of the package redis (4 or later), ioredis (5 or later) or @upstash/redis';
  if (typeof client !== 'object' || client === null) return kinds;
  const { options } = client as { options?: { legacyMode?: unknown } };
  if (options?.legacyMode === true) return `${PROMISES}: pass client.v4, or create it without legacyMode`;
  if (isNodeRedis(client) || isUpstash(client) || isIoRedis(client)) return null;
  // node-redis hands out a second face of its client for code that still uses callbacks: it has the commands, and no connection.
  return has(client, 'evalSha', 'eval') ? `${PROMISES}: pass the client itself, not client.legacy()` : kinds;
}

function chooseDialect(client: RedisLike): Dialect {
  if (isNodeRedis(client))
    return {
      bySha1: (sha1, keys, args) => client.evalSha(sha1, { keys, arguments: args }),
      bySource: (source, keys, args) => client.eval(source, { keys, arguments: args }),
    };
  if (isUpstash(client))
    return {
      bySha1: (sha1, keys, args) => client.evalsha(sha1, keys, args),
      bySource: (source, keys, args) => client.eval(source, keys, args),
    };
  return {
    bySha1: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
    bySource: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
  };
}

/** Upstash's client puts a few words in front of what the server said. */
const isNoScript = (error: unknown): boolean =>
  error instanceof Error && /^(?:Command failed: )?NOSCRIPT\b/.test(error.message);

/** Runs scripts by their digest, and by their source on a server that does not know them. */
export function buildScriptRunner(client: RedisLike): RunScript {
  const { bySha1, bySource } = chooseDialect(client);
  return async ({ sha1, source }, keys, args) => {
    try {
      return String(await bySha1(sha1, keys, args));
    } catch (error) {
      // A server that restarted or failed over has forgotten its scripts; it says so before running anything.
      if (!isNoScript(error)) throw error;
      return String(await bySource(source, keys, args));
    }
  };
}

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * node-redis ends the process when a connection drops and nobody listens for `error`; a payment endpoint must not go down with its store,
 * and every failed command rejects anyway. ioredis reports such errors on the console by itself as long as nobody listens: left alone.
 */
export function surviveDisconnects(client: RedisLike): void {
  const emitter = client as { on?: (event: 'error', listener: () => void) => unknown };
  if (!isNodeRedis(client) || typeof emitter.on !== 'function' || guarded.has(client)) return;
  guarded.add(client);
  emitter.on('error', ignore);
}

/** A script answered what it cannot answer: the client is not what it seems. */
export function unknownAnswer(): LedgerError {
  return new LedgerError(
    'store_answer',
    'Redis gave an answer that the script does not have. Pass a client of redis 4+, ioredis 5+ or @upstash/redis.',
  );
}
