import type { ConnectionOptions } from 'bullmq';
import { callable, text } from '../check/rules.js';
import { warn } from '../check/warn.js';
import { KiipConnectionError } from '../errors/index.js';
import * as z from '../zod.js';

/** The options that queue and worker share. */
export interface PingQueueConnection {
  /**
   * The Redis connection: options such as `{ host, port }`, or a client of ioredis or node-redis, which you close yourself. A worker needs an
   * ioredis client created with `maxRetriesPerRequest: null`.
   */
  readonly connection: ConnectionOptions;
  /** The name of the queue in Redis. Use the same for queue and workers. @defaultValue `'kaminari-pings'` */
  readonly queueName?: string | undefined;
  /** The prefix of all keys in Redis. @defaultValue BullMQ's own, `'bull'` */
  readonly prefix?: string | undefined;
  /**
   * Called when Redis fails; BullMQ reconnects by itself where it can. `reason` is the driver's code, or `lock_lost` if a worker was too busy to
   * keep its jobs. @defaultValue a process warning, once
   */
  readonly onError?: ((error: KiipConnectionError) => void) | undefined;
}

/** The default name of the queue. */
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
 * Listens to BullMQ's `error` events, which would otherwise each go to the console. Passes on only a code, because a driver's error holds the
 * failed command and with it the visitor's data.
 */
export function makeErrorListener(where: string, onError: PingQueueConnection['onError']): (error: Error) => void {
  let warned = false;
  return (error) => {
    const { code, name } = error as Error & { readonly code?: unknown };
    // A worker was too busy to renew its locks, so other workers take its jobs and may repeat them.
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
