import type { ConnectionOptions } from 'bullmq';

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
  readonly onError?: ((error: Error) => void) | undefined;
}

export const DEFAULT_QUEUE_NAME = 'kaminari-pings';

/** Without a listener, BullMQ's `error` events would land on the console each time. */
export function errorListener(where: string, onError: PingQueueConnection['onError']): (error: Error) => void {
  let warned = false;
  return (error) => {
    if (onError !== undefined) {
      onError(error);
    } else if (!warned) {
      warned = true;
      process.emitWarning(`${where}: trouble with Redis (${error.name}). Pass onError to see each; this is said once.`, {
        code: 'KIIP_BULLMQ',
      });
    }
  };
}
