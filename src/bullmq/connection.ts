import type { ConnectionOptions } from 'bullmq';
import { KiipConnectionError } from '../errors/index.js';

/** What queue and worker have in common. */
export interface PingQueueConnection {
  /**
   * Redis: options such as `{ host, port }`, or a client of ioredis or node-redis. One that you pass stays yours to close; a worker
   * needs an ioredis client made with `maxRetriesPerRequest: null`.
   */
  readonly connection: ConnectionOptions;
  /** Default `kaminari-pings`. */
  readonly queueName?: string | undefined;
  /** Of all keys in Redis. Default BullMQ's own, `bull`. */
  readonly prefix?: string | undefined;
  /** Trouble with Redis, which BullMQ repairs by itself where it can. Default: a warning, once. */
  readonly onError?: ((error: KiipConnectionError) => void) | undefined;
}

export const DEFAULT_QUEUE_NAME = 'kaminari-pings';

const CODE = /^[A-Za-z_][A-Za-z0-9_]{0,49}$/;

/**
 * Without a listener, BullMQ's `error` events would land on the console each time. The drivers' errors hold the command that failed, and with it
 * the visitor: what gets out is built fresh.
 */
export function errorListener(where: string, onError: PingQueueConnection['onError']): (error: Error) => void {
  let warned = false;
  return (error) => {
    const { code, name } = error as Error & { readonly code?: unknown };
    const reason = [code, name].find((text): text is string => typeof text === 'string' && CODE.test(text)) ?? 'unknown';
    if (onError !== undefined) {
      onError(new KiipConnectionError(`${where}: trouble with Redis (${reason}).`, { operation: 'ping', attempts: 0, reason }));
    } else if (!warned) {
      warned = true;
      process.emitWarning(`${where}: trouble with Redis (${reason}). Pass onError to see each; this is said once.`, {
        code: 'KIIP_BULLMQ',
      });
    }
  };
}
