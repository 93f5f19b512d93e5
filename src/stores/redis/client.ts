import type { RedisScript } from './scripts.js';

/** What is used of a client, cluster or pool of the package `redis` (node-redis), version 4 or later. */
export interface NodeRedisLike {
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What is used of a client or cluster of the package `ioredis`, version 5 or later. */
export interface IoRedisLike {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Either of the two clients; told apart by their methods, so neither package is imported. */
export type RedisLike = NodeRedisLike | IoRedisLike;

/** Runs a script on all keys at once and resolves with its answer. */
export type RunScript = (script: RedisScript, keys: string[], args: string[]) => Promise<string>;

const has = (client: unknown, method: string): boolean =>
  typeof client === 'object' && client !== null && typeof (client as Record<string, unknown>)[method] === 'function';

export const isNodeRedis = (client: unknown): client is NodeRedisLike => has(client, 'evalSha') && has(client, 'eval');
export const isIoRedis = (client: unknown): client is IoRedisLike => has(client, 'evalsha') && has(client, 'eval');

const isNoScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT');

export function scriptRunner(client: RedisLike): RunScript {
  const [bySha1, bySource] = callers(client);
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

type Call = (script: string, keys: string[], args: string[]) => Promise<unknown>;

function callers(client: RedisLike): [Call, Call] {
  if (isNodeRedis(client))
    return [
      (sha1, keys, args) => client.evalSha(sha1, { keys, arguments: args }),
      (source, keys, args) => client.eval(source, { keys, arguments: args }),
    ];
  return [
    (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
    (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
  ];
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
