import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import { KiipClosedError, KiipConnectionError, KiipOverloadedError, type CallFacts } from '../errors/index.js';
import type { DeliveryOperation } from '../kaminari/delivery-policy.js';
import { allowedHeaders } from '../kaminari/headers.js';
import { checkConversion, type Conversion } from '../kaminari/conversion.js';
import { buildPing, type Impression, subsAmong } from '../kaminari/impression.js';
import { checkOptions } from '../check/check-options.js';
import { count, milliseconds } from '../check/rules.js';
import { withinTimeLimit } from '../check/time-limit.js';
import * as z from '../zod.js';
import { connectionRules, DEFAULT_QUEUE_NAME, makeErrorListener, type PingQueueConnection } from './connection.js';

/** Options of {@link createPingQueue}. */
export interface PingQueueOptions extends PingQueueConnection {
  /** Milliseconds that `ping` and `conversion` wait for Redis to accept the job. @defaultValue `2_000` */
  readonly enqueueTimeoutMs?: number | undefined;
  /**
   * The most jobs that may wait for Redis at once. Further calls reject at once with `KiipOverloadedError`.
   * @defaultValue `10_000`
   */
  readonly maxPending?: number | undefined;
}

/** A durable queue for impressions and conversions. */
export interface PingQueue {
  /**
   * Puts the impression into Redis for a worker to deliver. Queueing the same `kmnrId` again while its job waits adds
   * no second job.
   *
   * @throws KiipValidationError when the impression is wrong, KiipConnectionError when Redis did not accept the job in
   * time (it may still do so later), KiipOverloadedError beyond `maxPending`, and KiipClosedError after `close`.
   */
  ping(impression: Impression): Promise<void>;
  /**
   * Puts the conversion into Redis for a worker to deliver (PROTOCOL M10). Queueing the same `cnvId` and `status` again
   * while the job waits adds no second job.
   *
   * @throws KiipValidationError when a field is wrong or unknown, else as {@link PingQueue.ping}.
   */
  conversion(conversion: Conversion): Promise<void>;
  /** Closes the connection. Queued jobs stay in Redis for the workers. */
  close(): Promise<void>;
}

const queueRules = z.strictObject({
  ...connectionRules,
  enqueueTimeoutMs: milliseconds(1),
  maxPending: count('jobs', 1),
});

/**
 * Creates the producer of durable delivery, so that impressions and conversions survive a crash of the process.
 *
 * Redis holds the visitor's data (address and headers of PROTOCOL M4) while a job waits, and drops it when the job
 * ends.
 *
 * @throws KiipConfigError with every problem of the options.
 * @example
 * ```ts
 * import { createPingQueue } from 'kiip-s2s/bullmq';
 * import type { KaminariClient } from 'kiip-s2s/kaminari';
 *
 * declare const kaminari: KaminariClient;
 * const queue = createPingQueue({ connection: { host: 'localhost', port: 6379 } });
 * export const watched = kaminari.middleware({ deliver: (impression) => queue.ping(impression) });
 * ```
 */
export function createPingQueue(options: PingQueueOptions): PingQueue {
  checkOptions('createPingQueue', queueRules, options);
  const { connection, queueName = DEFAULT_QUEUE_NAME, prefix, enqueueTimeoutMs = 2_000, maxPending = 10_000 } = options;
  const queue = new Queue(queueName, {
    connection,
    ...(prefix !== undefined && { prefix }),
    // Remove ended jobs, because they hold a visitor's data. `attempts` counts only runs that failed unexpectedly, such
    // as a lost connection to Redis: Kaminari's "not yet" delays the job instead, and the window ends it.
    defaultJobOptions: {
      removeOnComplete: true,
      removeOnFail: true,
      attempts: 1_000,
      backoff: { type: 'fixed', delay: 1_000 },
    },
  });
  queue.on('error', makeErrorListener('The Kaminari ping queue', options.onError));
  let pending = 0;
  let closing: Promise<void> | null = null;
  const enqueue = async (operation: DeliveryOperation, id: string, data: Impression | Conversion): Promise<void> => {
    const facts = { operation, attempts: 0 };
    if (closing !== null)
      throw new KiipClosedError(
        'The ping queue is closed, so nothing was queued: call it before close(), or create a new queue.',
        facts,
      );
    if (pending >= maxPending)
      throw new KiipOverloadedError(
        `${pending} jobs wait for Redis, so this one was not queued: check Redis, or raise maxPending.`,
        facts,
      );
    const jobId = `${operation}-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
    pending += 1;
    const settled = (): void => void (pending -= 1);
    const taken = queue.add(operation, data, { jobId });
    // Count the job for as long as it is in memory, which can outlast our own wait.
    taken.then(settled, settled);
    await waitForRedis(taken, enqueueTimeoutMs, facts);
  };
  return {
    async ping(impression) {
      // Build the request only to check it. The worker builds it again, because only the worker has the key.
      buildPing('checked', impression);
      const { kmnrId, subs, visitor } = impression;
      const { ip, forwardedFor } = visitor;
      const headers = allowedHeaders(visitor.headers);
      await enqueue('ping', kmnrId, { kmnrId, subs: subsAmong(subs), visitor: { ip, forwardedFor, headers } });
    },
    async conversion(conversion) {
      checkConversion(conversion);
      const { cnvId, status, payout, currency, subs } = conversion;
      const id = JSON.stringify([cnvId, status]);
      await enqueue('conversion', id, { cnvId, status, payout, currency, subs: subsAmong(subs) });
    },
    close() {
      closing ??= queue.close();
      return closing;
    },
  };
}

/**
 * Waits until Redis has accepted a job. Replaces Redis's errors, because they name hosts and commands, and a command
 * holds the visitor's data.
 */
function waitForRedis(work: Promise<unknown>, limitMs: number, facts: CallFacts): Promise<unknown> {
  const fail = (message: string, reason: string): KiipConnectionError =>
    new KiipConnectionError(message, { ...facts, reason });
  const taken = work.catch(() => {
    throw fail(`Redis did not accept the ${facts.operation}: check the connection to Redis, then call again.`, 'redis');
  });
  return withinTimeLimit(taken, limitMs, () =>
    fail(
      `Redis did not accept the ${facts.operation} within enqueueTimeoutMs (${limitMs} ms), but may still do so: check the connection to Redis.`,
      'redis_timeout',
    ),
  );
}
