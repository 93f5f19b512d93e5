import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import { KiipClosedError, KiipConnectionError, KiipOverloadedError } from '../errors/index.js';
import { allowedHeaders } from '../kaminari/headers.js';
import { buildPing, subsAmong } from '../kaminari/impression.js';
import type { Impression } from '../kaminari/types.js';
import {
  checkOptions,
  CONNECTION_OPTIONS,
  DEFAULT_QUEUE_NAME,
  errorListener,
  type PingQueueConnection,
} from './connection.js';

/** Options of {@link createPingQueue}. */
export interface PingQueueOptions extends PingQueueConnection {
  /** Milliseconds that `ping` waits for Redis to take the job. Default 2 000. */
  readonly enqueueTimeoutMs?: number | undefined;
  /** Jobs that may wait for Redis at the same time; beyond, `ping` rejects at once. Default 10 000. */
  readonly maxPending?: number | undefined;
}

/** Where pages put their impressions. */
export interface PingQueue {
  /**
   * Hands the impression over to Redis; a worker delivers it. The same `kmnrId` is one job, however often it is queued while it waits.
   *
   * @throws KiipValidationError when the impression is wrong. KiipConnectionError when Redis did not take it in time (it may still,
   * once it is back). KiipOverloadedError beyond `maxPending`. KiipClosedError after `close`.
   */
  ping(impression: Impression): Promise<void>;
  /** Ends the connection; what was handed over stays in Redis for the workers. */
  close(): Promise<void>;
}

const NUMBERS = ['enqueueTimeoutMs', 'maxPending'];
const FACTS = { operation: 'ping', attempts: 0 } as const;

/**
 * The producer's side of durable delivery: impressions outlive the process that saw them.
 *
 * The visitor's data (address and headers of PROTOCOL M4) is in Redis while a job waits, and gone when it has ended.
 *
 * @throws KiipConfigError with all problems of the options.
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
  checkOptions(options, 'createPingQueue', NUMBERS, [...CONNECTION_OPTIONS, ...NUMBERS]);
  const { connection, queueName = DEFAULT_QUEUE_NAME, prefix, enqueueTimeoutMs = 2_000, maxPending = 10_000 } = options;
  const queue = new Queue(queueName, {
    connection,
    ...(prefix !== undefined && { prefix }),
    // Nothing of a visitor stays once a job has ended. `attempts` is for what goes wrong between worker and Redis only: Kaminari's own
    // "not yet" is no failed attempt, and the window ends everything.
    defaultJobOptions: {
      removeOnComplete: true,
      removeOnFail: true,
      attempts: 1_000,
      backoff: { type: 'fixed', delay: 1_000 },
    },
  });
  queue.on('error', errorListener('The Kaminari ping queue', options.onError));
  let pending = 0;
  let closing: Promise<void> | null = null;
  return {
    async ping(impression) {
      // Built to be checked; the worker builds it again, with the key that only it has.
      buildPing('checked', impression);
      if (closing !== null) throw new KiipClosedError('The ping queue is closed; nothing was queued.', FACTS);
      if (pending >= maxPending)
        throw new KiipOverloadedError(`${pending} pings wait for Redis; this one was not queued.`, FACTS);
      const { kmnrId, subs, visitor } = impression;
      const data = { kmnrId, subs: subsAmong(subs), visitor: { ...visitor, headers: allowedHeaders(visitor.headers) } };
      const jobId = `ping-${createHash('sha256').update(kmnrId).digest('hex').slice(0, 32)}`;
      pending += 1;
      const settled = (): void => void (pending -= 1);
      const taken = queue.add('ping', data, { jobId });
      // Counted for as long as it waits, which can be longer than we do: it is in memory all the while.
      taken.then(settled, settled);
      await within(taken, enqueueTimeoutMs);
    },
    close() {
      closing ??= queue.close();
      return closing;
    },
  };
}

/** Redis' own errors name hosts and commands, and a command holds the visitor's data: none of them gets out. */
async function within(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, timeoutMs, 'late')));
  const outcome = await Promise.race([
    late,
    work.then(
      () => 'taken' as const,
      () => 'failed' as const,
    ),
  ]);
  clearTimeout(timer);
  if (outcome === 'late')
    throw new KiipConnectionError('Redis did not take the ping in time; it may still.', {
      ...FACTS,
      reason: 'redis_timeout',
    });
  if (outcome === 'failed')
    throw new KiipConnectionError('Redis did not take the ping.', { ...FACTS, reason: 'redis' });
}
