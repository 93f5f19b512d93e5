import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import { KiipClosedError, KiipConnectionError, KiipOverloadedError, type CallFacts } from '../errors/index.js';
import type { DeliveryOperation } from '../kaminari/delivery-policy.js';
import { allowedHeaders } from '../kaminari/headers.js';
import { checkConversion } from '../kaminari/conversion.js';
import { buildPing, subsAmong } from '../kaminari/impression.js';
import type { Conversion, Impression } from '../kaminari/types.js';
import { checkOptions } from '../check/options.js';
import { count, milliseconds } from '../check/rules.js';
import { withinTimeLimit } from '../check/time-limit.js';
import * as z from '../zod.js';
import { connectionRules, DEFAULT_QUEUE_NAME, makeErrorListener, type PingQueueConnection } from './connection.js';

/** Options of {@link createPingQueue}. */
export interface PingQueueOptions extends PingQueueConnection {
  /** Milliseconds that `ping` and `conversion` wait for Redis to take the job. @defaultValue 2000 */
  readonly enqueueTimeoutMs?: number | undefined;
  /** Jobs that may wait for Redis at the same time. Beyond it both reject at once. @defaultValue 10000 */
  readonly maxPending?: number | undefined;
}

/** Where pages put their impressions, and a backend its conversions. */
export interface PingQueue {
  /**
   * Hands the impression over to Redis; a worker delivers it. The same `kmnrId` is one job, however often it is queued while it waits.
   *
   * @throws KiipValidationError when the impression is wrong. KiipConnectionError when Redis did not take it in time (it may still,
   * once it is back). KiipOverloadedError beyond `maxPending`. KiipClosedError after `close`.
   */
  ping(impression: Impression): Promise<void>;
  /**
   * Hands a conversion over to Redis; a worker delivers it (PROTOCOL M10). The same `cnvId` and `status` are one job, however often they are
   * queued while it waits.
   *
   * @throws KiipValidationError when the conversion is wrong or misspelt; otherwise as {@link PingQueue.ping}.
   */
  conversion(conversion: Conversion): Promise<void>;
  /** Ends the connection; what was handed over stays in Redis for the workers. */
  close(): Promise<void>;
}

const queueRules = z.strictObject({
  ...connectionRules,
  enqueueTimeoutMs: milliseconds(1),
  maxPending: count('jobs', 1),
});

/**
 * The producer's side of durable delivery: impressions and conversions outlive the process that saw them.
 *
 * The visitor's data (address and headers of PROTOCOL M4) is in Redis while a job waits, and gone when it has ended.
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
    // Nothing of a visitor stays once a job has ended. `attempts` counts what goes wrong between worker and Redis only: Kaminari's
    // "not yet" does not fail a job, and the window ends everything.
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
    // Counted for as long as it waits, which can be longer than we do: it is in memory all the while.
    taken.then(settled, settled);
    await waitForRedis(taken, enqueueTimeoutMs, facts);
  };
  return {
    async ping(impression) {
      // Built to be checked; the worker builds it again, with the key that only it has.
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

/** Redis' own errors name hosts and commands, and a command holds the visitor's data, so none of them gets out. */
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
