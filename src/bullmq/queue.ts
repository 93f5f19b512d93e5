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
  /** Milliseconds that `ping` and `conversion` wait for Redis to accept the job. @defaultValue 2000 */
  readonly enqueueTimeoutMs?: number | undefined;
  /** Most jobs that wait for Redis at once; further calls reject immediately. @defaultValue 10000 */
  readonly maxPending?: number | undefined;
}

/** A durable queue for impressions and conversions. */
export interface PingQueue {
  /**
   * Puts the impression into Redis for a worker to deliver. Queueing the same `kmnrId` again while it waits adds no second job.
   *
   * @throws KiipValidationError when the impression is wrong. KiipConnectionError when Redis did not accept it in time (it may still do so
   * when it is back). KiipOverloadedError beyond `maxPending`. KiipClosedError after `close`.
   */
  ping(impression: Impression): Promise<void>;
  /**
   * Puts the conversion into Redis for a worker to deliver (PROTOCOL M10). Queueing the same `cnvId` and `status` again while it waits adds no
   * second job.
   *
   * @throws KiipValidationError when the conversion is wrong or misspelt; otherwise as {@link PingQueue.ping}.
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
 * Redis holds the visitor's data (address and headers of PROTOCOL M4) while a job waits, and drops it when the job ends.
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
    // Remove ended jobs, because they hold a visitor's data. `attempts` limits only failures between worker and Redis: Kaminari's "not yet" does
    // not fail a job, and the window ends it anyway.
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
    if (closing !== null) throw new KiipClosedError('The ping queue is closed; nothing was queued.', facts);
    if (pending >= maxPending)
      throw new KiipOverloadedError(`${pending} jobs wait for Redis; this one was not queued.`, facts);
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
      const headers = allowedHeaders(visitor.headers);
      await enqueue('ping', kmnrId, { kmnrId, subs: subsAmong(subs), visitor: { ...visitor, headers } });
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

/** Replaces Redis's errors, because they name hosts and commands, and a command holds the visitor's data. */
function waitForRedis(work: Promise<unknown>, limitMs: number, facts: CallFacts): Promise<unknown> {
  const fail = (message: string, reason: string): KiipConnectionError =>
    new KiipConnectionError(message, { ...facts, reason });
  const taken = work.catch(() => {
    throw fail(`Redis did not take the ${facts.operation}.`, 'redis');
  });
  return withinTimeLimit(taken, limitMs, () =>
    fail(`Redis did not take the ${facts.operation} in time; it may still.`, 'redis_timeout'),
  );
}
