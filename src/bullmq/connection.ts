import type { ConnectionOptions } from 'bullmq';
import { HookGuard } from '../call/observer.js';
import { callable, text } from '../check/rules.js';
import { warn } from '../check/warn.js';
import { KiipConnectionError } from '../errors/index.js';
import * as z from '../zod.js';

/** The options that queue and worker share. */
export interface PingQueueConnection {
  /**
   * The Redis connection: options such as `{ host, port }`, or a client of ioredis or node-redis, which you close
   * yourself. A worker needs an ioredis client created with `maxRetriesPerRequest: null`.
   */
  readonly connection: ConnectionOptions;
  /**
   * The name of the queue in Redis. Use the same name for the queue and its workers.
   * @defaultValue `'kaminari-pings'`
   */
  readonly queueName?: string | undefined;
  /** The prefix of all keys in Redis. @defaultValue BullMQ's own, `'bull'` */
  readonly prefix?: string | undefined;
  /**
   * Called when Redis fails; BullMQ reconnects by itself where it can. The error's `reason` is the driver's code, or
   * `lock_lost` when a worker was too busy to keep its jobs.
   * @defaultValue a process warning, once
   */
  readonly onError?: ((error: KiipConnectionError) => void) | undefined;
}

/** The default name of the queue. */
export const DEFAULT_QUEUE_NAME = 'kaminari-pings';

/** The rules for {@link PingQueueConnection}. */
export const connectionRules = {
  connection: z.custom(
    (value) => typeof value === 'object' && value !== null,
    'must be the { host, port } of your Redis, or an ioredis or node-redis client',
  ),
  queueName: text('a non-empty string'),
  prefix: text('a non-empty string'),
  onError: callable(),
};

const isIdentifier = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(text);

/**
 * Creates a listener for BullMQ's `error` events, each of which would otherwise go to the console. It passes on only a
 * code, because a driver's error holds the failed command, and with it the visitor's data.
 */
export function makeErrorListener(where: string, onError: PingQueueConnection['onError']): (error: Error) => void {
  const guard = new HookGuard();
  let warned = false;
  return (error) => {
    const { code, name } = error as Error & { readonly code?: unknown };
    const lockLost = /^(?:could not renew|missing) lock/i.test(error.message);
    const reason = lockLost ? 'lock_lost' : ([code, name].find(isIdentifier) ?? 'unknown');
    const message = lockLost
      ? `${where} was too busy to keep its jobs (lock_lost), so another worker may repeat them: lower concurrency, or raise lockDurationMs.`
      : `${where} cannot use Redis (${reason}): check the connection, and that Redis is running.`;
    if (onError !== undefined) {
      guard.call('onError', onError, new KiipConnectionError(message, { operation: 'ping', attempts: 0, reason }));
    } else if (!warned) {
      warned = true;
      warn('KIIP_BULLMQ', `${message} This warning appears once. Pass onError to hear of every failure.`);
    }
  };
}
