import { LedgerError } from '../ledger-error.js';
import type { RedisScript } from './scripts.js';

/** The part of a client, cluster or pool of `redis` (node-redis 4 or later) that is used. */
export interface NodeRedisLike {
  connect(): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The part of a client or cluster of `ioredis` (5 or later) that is used. */
export interface IoRedisLike {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** The part of a client of `@upstash/redis`, which uses REST, that is used. */
export interface UpstashRedisLike {
  createScript(script: string): unknown;
  evalsha(sha1: string, keys: string[], args: string[]): Promise<unknown>;
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
}

/** Any of the three clients. They are recognised by their methods, so none of the packages is imported. */
export type RedisLike = NodeRedisLike | IoRedisLike | UpstashRedisLike;

/** Runs a script on all keys at once and resolves with its answer. */
export type RunScript = (script: RedisScript, keys: string[], args: string[]) => Promise<string>;

type Call = (script: string, keys: string[], args: string[]) => Promise<unknown>;

/** Runs a script by its digest or its source on one kind of client. */
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

/** Describes what is wrong with a client, or returns `null`. */
export function findClientProblem(client: unknown): string | null {
  const kinds = 'must be a client of the package redis (4 or later), ioredis (5 or later) or @upstash/redis';
  if (typeof client !== 'object' || client === null) return kinds;
  const { options } = client as { options?: { legacyMode?: unknown } };
  if (options?.legacyMode === true) return `${PROMISES}: pass client.v4, or create it without legacyMode`;
  if (isNodeRedis(client) || isUpstash(client) || isIoRedis(client)) return null;
  // node-redis has `client.legacy()` for code that uses callbacks: it has the commands but no connection.
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
  if (isAutoPipeliningCluster(client))
    return {
      bySha1: (sha1, keys, args) => runAlone(client.pipeline().evalsha(sha1, keys.length, ...keys, ...args)),
      bySource: (source, keys, args) => runAlone(client.pipeline().eval(source, keys.length, ...keys, ...args)),
    };
  return {
    bySha1: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
    bySource: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
  };
}

interface Pipeline {
  evalsha(...args: unknown[]): Pipeline;
  eval(...args: unknown[]): Pipeline;
  exec(): Promise<[error: Error | null, answer: unknown][] | null>;
}

/**
 * A cluster of ioredis with `enableAutoPipelining`. Before 5.11 it picks a script's pipeline by the digest instead of
 * the keys, so under load the script fails together with commands for other nodes (ioredis#2109). A pipeline of its own
 * goes to the right node.
 */
function isAutoPipeliningCluster(client: object): client is { pipeline(): Pipeline } {
  const { isCluster, options } = client as { isCluster?: unknown; options?: { enableAutoPipelining?: unknown } };
  return isCluster === true && options?.enableAutoPipelining === true && has(client, 'pipeline');
}

async function runAlone(pipeline: Pipeline): Promise<unknown> {
  const [error, answer] = (await pipeline.exec())?.[0] ?? [null, null];
  if (error !== null) throw error;
  return answer;
}

/** Upstash's client puts a few words in front of the server's message. */
const isNoScript = (error: unknown): boolean =>
  error instanceof Error && /^(?:Command failed: )?NOSCRIPT\b/.test(error.message);

/** Runs scripts by their digest, or by their source on a server that does not know them. */
export function buildScriptRunner(client: RedisLike): RunScript {
  const { bySha1, bySource } = chooseDialect(client);
  return async ({ sha1, source }, keys, args) => {
    try {
      return String(await bySha1(sha1, keys, args));
    } catch (error) {
      // A server that restarted or failed over has forgotten its scripts. It says so without running anything.
      if (!isNoScript(error)) throw error;
      return String(await bySource(source, keys, args));
    }
  };
}

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * Listens to node-redis's `error` event, which would otherwise end the process when a connection drops; failed commands reject anyway.
 * ioredis needs no listener: without one it logs such errors to the console.
 */
export function surviveDisconnects(client: RedisLike): void {
  const emitter = client as { on?: (event: 'error', listener: () => void) => unknown };
  if (!isNodeRedis(client) || typeof emitter.on !== 'function' || guarded.has(client)) return;
  guarded.add(client);
  emitter.on('error', ignore);
}

/** The error for an answer that no script gives: the client is not a real Redis client. */
export function unknownAnswer(): LedgerError {
  return new LedgerError(
    'store_answer',
    'Redis gave an unexpected answer. Pass a client of redis 4+, ioredis 5+ or @upstash/redis.',
  );
}
