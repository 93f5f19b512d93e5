import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { CallLoop } from '../call/call-loop.js';
import { HookGuard, Observer } from '../call/observer.js';
import { joinUrl } from '../check/base-url.js';
import { callable, count, milliseconds } from '../check/rules.js';
import { warnOnce } from '../check/warn.js';
import { isKiipError } from '../errors/index.js';
import { buildConversion, type Conversion, type ConversionStatus } from '../kaminari/conversion.js';
import type { DeliveryRequest } from '../kaminari/deliveries.js';
import { MAX_RESPONSE_BYTES } from '../kaminari/delivery-policy.js';
import { buildPing, type Impression } from '../kaminari/impression.js';
import {
  deliveryRules,
  readDeliveryOptions,
  readGraceMs,
  type KaminariClientOptions,
  type KaminariSettings,
} from '../kaminari/client-options.js';
import type { PingResult } from '../kaminari/ping-result.js';
import { holdTransport } from '../transport/own-transport.js';
import * as z from '../zod.js';
import { connectionRules, DEFAULT_QUEUE_NAME, makeErrorListener, type PingQueueConnection } from './connection.js';
import { JobPolicy, type JobResult } from './job-policy.js';

/** Options of {@link createPingWorker}: the Redis connection, and Kaminari's options as `KaminariClient` takes them. */
export interface PingWorkerOptions
  extends
    PingQueueConnection,
    Pick<
      KaminariClientOptions,
      'kmnrKey' | 'baseUrl' | 'allowInsecure' | 'timeoutMs' | 'windowMs' | 'retry' | 'transport'
    > {
  /** The most requests that this worker has in flight at once. @defaultValue `50` */
  readonly concurrency?: number | undefined;
  /**
   * Milliseconds that a job stays locked to its worker; a running worker renews the lock. After a crash the lock
   * expires, and another worker takes over within two `stalledIntervalMs`. With the defaults a crash costs at most 45 s
   * of the five minutes.
   * @defaultValue `15_000`
   */
  readonly lockDurationMs?: number | undefined;
  /** Milliseconds between checks for jobs of crashed workers. @defaultValue `15_000` */
  readonly stalledIntervalMs?: number | undefined;
  /**
   * Called once when a ping has ended. Its `attempts` counts all runs of the job, even on workers that crashed.
   * @defaultValue none
   */
  readonly onSettled?: ((settled: { readonly kmnrId: string; readonly result: PingResult }) => void) | undefined;
  /** Called once when a conversion has ended, like `onSettled` for a ping. @defaultValue none */
  readonly onConversionSettled?:
    | ((settled: { readonly cnvId: string; readonly status: ConversionStatus; readonly result: PingResult }) => void)
    | undefined;
}

/** Delivers the jobs of a queue. */
export interface PingWorker {
  /** Resolves when the worker is ready for jobs. */
  ready(): Promise<void>;
  /**
   * Takes no more jobs, waits up to `graceMs` milliseconds (2,000 by default) for the requests in flight, and returns
   * all other jobs to the queue, so that none is lost.
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
  onConversionSettled: callable(),
});

/**
 * Creates the consumer of durable delivery. It follows the rules of `KaminariClient.ping` and `conversion`
 * (PROTOCOL M2, M10) and makes one request in each run of a BullMQ job. Between requests the job is "delayed". The five
 * minutes count from when it was queued. A delivered job completes; an expired or rejected one fails, with that as its
 * reason. Either way it leaves Redis, together with the visitor's data.
 *
 * If a worker dies during a request, another worker repeats it, so Kaminari may get a ping or a conversion twice, with
 * the same id.
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
    mayAbandon: true,
  });

  const attempt = (job: DeliveryJob, request: DeliveryRequest): Promise<JobResult> => {
    const { timeoutMs, windowMs, retry: limits } = settings;
    const policy = new JobPolicy({ operation: job.name, runs: job.attemptsStarted, limits });
    const leftMs = job.timestamp + windowMs - Date.now();
    return loop.run({ ...request, signal: undefined, timeoutMs, deadlineMs: leftMs, policy });
  };

  const work = async (given: Job, token?: string): Promise<{ status: 'delivered'; attempts: number }> => {
    const job = given as DeliveryJob;
    let request: DeliveryRequest;
    try {
      request = buildRequest(settings, job);
    } catch {
      throw new UnrecoverableError('neither a ping nor a conversion');
    }
    const result = await attempt(job, request);
    if (result.status === 'later') {
      await job.moveToDelayed(Date.now() + result.delayMs, token);
      throw new DelayedError();
    }
    if (result.status === 'delivered') return result;
    throw new Failed(result);
  };

  const worker = new Worker(queueName, work, {
    connection: options.connection,
    ...(prefix !== undefined && { prefix }),
    concurrency,
    lockDuration: lockDurationMs,
    stalledInterval: stalledIntervalMs,
    // BullMQ gives up a job that stalls more often than this, but only the window may end ours.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  worker.on('error', makeErrorListener('A Kaminari ping worker', options.onError));
  const hook = new HookGuard();
  const settle = (job: DeliveryJob, result: PingResult): void => {
    if (job.name === 'ping') return hook.call('onSettled', options.onSettled, { kmnrId: job.data.kmnrId, result });
    const { cnvId, status } = job.data;
    return hook.call('onConversionSettled', options.onConversionSettled, { cnvId, status, result });
  };
  worker.on('completed', (job, result: PingResult) => settle(job as DeliveryJob, result));
  worker.on('failed', (job, error) => {
    if (job !== undefined && error instanceof Failed) settle(job as DeliveryJob, error.result);
    // BullMQ keeps retrying the job, but none can succeed until somebody fixes the configuration.
    if (isKiipError(error) && error.code === 'config')
      warnOnce('KIIP_BULLMQ', `A Kaminari ping worker cannot send: ${error.message}`);
  });

  let closed: Promise<void> | null = null;
  const close = async (graceMs: number): Promise<void> => {
    // After the grace time, abort the requests in flight; their jobs go back to Redis.
    const timer = setTimeout(() => loop.abandon(), graceMs);
    try {
      await worker.close();
    } finally {
      clearTimeout(timer);
      await release();
    }
  };
  return {
    ready: async () => void (await worker.waitUntilReady()),
    close: async (given) => {
      const graceMs = readGraceMs(given);
      return (closed ??= close(graceMs));
    },
  };
}

/** A job of the queue. Its name tells its kind. */
type DeliveryJob = (Job<Impression> & { readonly name: 'ping' }) | (Job<Conversion> & { readonly name: 'conversion' });

/** @throws KiipValidationError for a job that did not come from this package. */
function buildRequest({ base, kmnrKey }: KaminariSettings, job: DeliveryJob): DeliveryRequest {
  if (job.name === 'conversion') return buildConversion(base, kmnrKey, job.data);
  return { url: joinUrl(base, '/v2/ping'), ...buildPing(kmnrKey, job.data) };
}

/** Makes BullMQ fail the job for good, with a reason that dashboards show. */
class Failed extends UnrecoverableError {
  readonly result: PingResult;

  constructor(result: PingResult) {
    super(result.status === 'rejected' ? `rejected with status ${result.httpStatus}` : result.status);
    this.result = result;
  }
}
