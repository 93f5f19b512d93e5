import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { CallLoop } from '../call/call-loop.js';
import { HookGuard, Observer } from '../call/observer.js';
import { joinUrl } from '../check/base-url.js';
import { callable, count, milliseconds } from '../check/rules.js';
import { buildPing, type Ping } from '../kaminari/impression.js';
import {
  deliveryRules,
  readDeliveryOptions,
  readGraceMs,
  type KaminariClientOptions,
} from '../kaminari/client-options.js';
import { MAX_RESPONSE_BYTES } from '../kaminari/ping-policy.js';
import type { Impression, PingResult } from '../kaminari/types.js';
import { holdTransport } from '../transport/own-transport.js';
import * as z from '../zod.js';
import { connectionRules, DEFAULT_QUEUE_NAME, makeErrorListener, type PingQueueConnection } from './connection.js';
import { JobPolicy, type JobResult } from './job-policy.js';

/** Options of {@link createPingWorker}: where Redis is, and Kaminari as for `KaminariClient`. */
export interface PingWorkerOptions
  extends
    PingQueueConnection,
    Pick<
      KaminariClientOptions,
      'kmnrKey' | 'baseUrl' | 'allowInsecure' | 'timeoutMs' | 'windowMs' | 'retry' | 'transport'
    > {
  /** Requests at the same time, in this worker. @defaultValue 50 */
  readonly concurrency?: number | undefined;
  /**
   * Milliseconds for which a job belongs to a worker that gives no sign of life; a living one renews it. After that, and one or two
   * `stalledIntervalMs`, another worker takes over: a crash costs at most 45 s of the five minutes. @defaultValue 15000
   */
  readonly lockDurationMs?: number | undefined;
  /** Milliseconds between two looks for jobs whose worker is gone. @defaultValue 15000 */
  readonly stalledIntervalMs?: number | undefined;
  /**
   * Told once how each ping ended. `attempts` counts the runs of the job, those of crashed workers included. @defaultValue none
   */
  readonly onSettled?: ((settled: { readonly kmnrId: string; readonly result: PingResult }) => void) | undefined;
}

/** What delivers. */
export interface PingWorker {
  /** Resolves when the worker takes jobs. */
  ready(): Promise<void>;
  /**
   * Takes no more jobs, waits up to `graceMs` (default 2,000) for the requests that are under way, and puts the rest back for other
   * workers: nothing is lost.
   */
  close(options?: { readonly graceMs?: number | undefined }): Promise<void>;
}

const workerRules = z.strictObject({
  ...connectionRules,
  ...deliveryRules,
  concurrency: count('requests', 1),
  lockDurationMs: milliseconds(1),
  stalledIntervalMs: milliseconds(1),
  onSettled: callable(),
});

/**
 * The consumer's side of durable delivery: the rules of `KaminariClient.ping` (PROTOCOL M2), each request a run of a BullMQ job. Between two
 * requests the job is "delayed"; the five minutes count from when it was queued. A delivered ping completes; one that expired or was
 * rejected fails, with that word as the reason. Either way it is removed from Redis, with the visitor's data.
 *
 * A worker that dies in the middle of a request leaves its jobs to the others, so Kaminari may get a ping twice, with the same `kmnrId`.
 *
 * @throws KiipConfigError with every problem of the options.
 * @example
 * ```ts
 * import { createPingWorker } from 'kiip-s2s/bullmq';
 *
 * const worker = createPingWorker({ connection: { host: 'localhost', port: 6379 }, kmnrKey: process.env['KAMINARI_KEY'] ?? '' });
 * process.once('SIGTERM', () => void worker.close());
 * ```
 */
export function createPingWorker(options: PingWorkerOptions): PingWorker {
  const settings = readDeliveryOptions('createPingWorker', workerRules, options);
  const { transport, release } = holdTransport(options.transport);
  const url = joinUrl(settings.base, '/v2/ping');
  const closing = new AbortController();
  const {
    queueName = DEFAULT_QUEUE_NAME,
    concurrency = 50,
    lockDurationMs = 15_000,
    stalledIntervalMs = 15_000,
    prefix,
  } = options;

  const loop = new CallLoop({
    transport,
    observer: new Observer(undefined),
    host: settings.base.host,
    maxConcurrent: Infinity,
    maxUnderWay: Infinity,
    whilePausing: 'keeps_place',
    maxResponseBytes: MAX_RESPONSE_BYTES,
    abandon: closing.signal,
  });

  const attempt = (job: Job<Impression>, ping: Ping): Promise<JobResult> => {
    const policy = new JobPolicy({ runs: job.attemptsStarted, limits: settings.retry });
    const leftMs = job.timestamp + settings.windowMs - Date.now();
    return loop.run({ url, ...ping, signal: undefined, timeoutMs: settings.timeoutMs, deadlineMs: leftMs, policy });
  };

  const work = async (job: Job<Impression>, token?: string): Promise<{ status: 'delivered'; attempts: number }> => {
    let ping: Ping;
    try {
      ping = buildPing(settings.kmnrKey, job.data);
    } catch {
      throw new UnrecoverableError('not a ping');
    }
    const result = await attempt(job, ping);
    if (result.status === 'later') {
      await job.moveToDelayed(Date.now() + result.delayMs, token);
      throw new DelayedError();
    }
    if (result.status === 'delivered') return result;
    throw new Failed(result);
  };

  const worker = new Worker<Impression>(queueName, work, {
    connection: options.connection,
    ...(prefix !== undefined && { prefix }),
    concurrency,
    lockDuration: lockDurationMs,
    stalledInterval: stalledIntervalMs,
    // BullMQ gives up a job that lost its worker more often than this; here only the window may end it.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  worker.on('error', makeErrorListener('A Kaminari ping worker', options.onError));
  const hook = new HookGuard();
  const settle = (job: Job<Impression>, result: PingResult): void =>
    hook.call('onSettled', options.onSettled, { kmnrId: job.data.kmnrId, result });
  worker.on('completed', (job, result: PingResult) => settle(job, result));
  worker.on('failed', (job, error) => {
    if (job !== undefined && error instanceof Failed) settle(job, error.result);
  });

  let closed: Promise<void> | null = null;
  const close = async (graceMs: number): Promise<void> => {
    // A job that is cut short goes back to Redis.
    const timer = setTimeout(() => closing.abort(), graceMs);
    await worker.close();
    clearTimeout(timer);
    await release();
  };
  return {
    ready: async () => void (await worker.waitUntilReady()),
    close(given) {
      closed ??= close(readGraceMs(given));
      return closed;
    },
  };
}

/** Ends the job at once, with a reason that a dashboard shows. */
class Failed extends UnrecoverableError {
  readonly result: PingResult;

  constructor(result: PingResult) {
    super(result.status === 'rejected' ? `rejected with status ${result.httpStatus}` : result.status);
    this.result = result;
  }
}
