import type { ConnectionOptions } from 'bullmq';
import { callable, text } from '../check/rules.js';
import { warn } from '../check/warn.js';
import { KiipConnectionError } from '../errors/index.js';
import * as z from '../zod.js';

/** What queue and worker have in common. */
export interface PingQueueConnection {
  /**
   * Where Redis is: options such as `{ host, port }`, or a client of ioredis or node-redis. A client that you pass stays yours to close; a
   * worker needs an ioredis client made with `maxRetriesPerRequest: null`.
   */
  readonly connection: ConnectionOptions;
  /** The name of the queue in Redis, the same for queue and workers. @defaultValue `'kaminari-pings'` */
  readonly queueName?: string | undefined;
  /** What all keys in Redis begin with. @defaultValue BullMQ's own, `'bull'` */
  readonly prefix?: string | undefined;
  /**
   * Told of trouble with Redis, which BullMQ repairs by itself where it can. `reason` is the driver's code, or `lock_lost` for a worker that was
   * too busy to keep its jobs. @defaultValue a process warning, once
   */
  readonly onError?: ((error: KiipConnectionError) => void) | undefined;
}

/** The name of the queue, unless told. */
export const DEFAULT_QUEUE_NAME = 'kaminari-pings';

/** The rules for {@link PingQueueConnection}. */
export const connectionRules = {
  connection: z.custom(
    (value) => typeof value === 'object' && value !== null,
    'must be { host, port } of your Redis, or a client of ioredis or node-redis',
  ),
  queueName: text('a non-empty string'),
  prefix: text('a non-empty string'),
  onError: callable(),
};

const isIdentifier = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(text);

/**
 * Without a listener, BullMQ's `error` events would land on the console each time. The drivers' errors hold the command that failed, and with it
 * the visitor: what gets out is built fresh.
 */
export function makeErrorListener(where: string, onError: PingQueueConnection['onError']): (error: Error) => void {
  let warned = false;
  return (error) => {
    const { code, name } = error as Error & { readonly code?: unknown };
    // A worker was too busy to renew its locks, so its jobs go to others and may be done twice.
    const lockLost = /^(?:could not renew|missing) lock/i.test(error.message);
    const reason = lockLost ? 'lock_lost' : ([code, name].find(isIdentifier) ?? 'unknown');
    const message = `${where}: trouble with Redis (${reason}).`;
    if (onError !== undefined) {
      onError(new KiipConnectionError(message, { operation: 'ping', attempts: 0, reason }));
    } else if (!warned) {
      warned = true;
      warn('KIIP_BULLMQ', `${message} Pass onError to hear of each; this is said once.`);
    }
  };
}
