import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { attemptPing, pauseAfter } from '../kaminari/attempt.js';
import { buildPing, type Ping } from '../kaminari/impression.js';
import { transportFor } from '../kaminari/own-transport.js';
import {
  endpoint,
  graceMsOf,
  OPTION_NAMES as KAMINARI_OPTION_NAMES,
  readOptions,
  type KaminariClientOptions,
} from '../kaminari/options.js';
import type { Impression, PingResult } from '../kaminari/types.js';
import { HookCaller } from '../call/hook-caller.js';
import {
  checkOptions,
  CONNECTION_OPTIONS,
  DEFAULT_QUEUE_NAME,
  errorListener,
  type PingQueueConnection,
} from './connection.js';

/** Options of {@link createPingWorker}: where Redis is, and Kaminari as for `KaminariClient`. */
export interface PingWorkerOptions
  extends
    PingQueueConnection,
    Pick<
      KaminariClientOptions,
      'kmnrKey' | 'baseUrl' | 'allowInsecure' | 'timeoutMs' | 'windowMs' | 'retry' | 'transport'
    > {
  /** Requests at the same time, in this worker. Default 50. */
  readonly concurrency?: number | undefined;
  /**
   * How long a job belongs to a worker that gives no sign of life, in milliseconds; a living one renews it. After that, and one or two
   * `stalledIntervalMs`, another worker takes over. Default 15 000 for both: a crash costs at most 45 s of the five minutes.
   */
  readonly lockDurationMs?: number | undefined;
  readonly stalledIntervalMs?: number | undefined;
  /** How each ping ended, once for each. `attempts` counts the runs of the job, those of crashed workers included. */
  readonly onSettled?: ((settled: { readonly kmnrId: string; readonly result: PingResult }) => void) | undefined;
}

/** What delivers. */
export interface PingWorker {
  /** Resolves when the worker takes jobs. */
  ready(): Promise<void>;
  /**
   * Takes no more jobs, waits up to `graceMs` (default 2 000) for the requests that are under way, and puts the rest back for other
   * workers: nothing is lost.
   */
  close(options?: { readonly graceMs?: number | undefined }): Promise<void>;
}

const NUMBERS = ['concurrency', 'lockDurationMs', 'stalledIntervalMs'];
const WORKER_OPTIONS = [...CONNECTION_OPTIONS, ...NUMBERS, 'onSettled'];

type Verdict = PingResult | { readonly status: 'later'; readonly delayMs: number };

/**
 * The consumer's side of durable delivery: the rules of `KaminariClient.ping` (PROTOCOL M2), each request a run of a BullMQ job. Between two
 * requests the job is "delayed"; the five minutes count from when it was queued. A delivered ping completes; one that expired or was
 * rejected fails, with that word as the reason. Either way it is removed from Redis, with the visitor's data.
 *
 * A worker that dies in the middle of a request leaves its jobs to the others, so Kaminari may get a ping twice, with the same `kmnrId`.
 *
 * @throws KiipConfigError with all problems of the options.
 * @example
 * ```ts
 * import { createPingWorker } from 'kiip-s2s/bullmq';
 *
 * const worker = createPingWorker({ connection: { host: 'localhost', port: 6379 }, kmnrKey: process.env['KAMINARI_KEY'] ?? '' });
 * process.once('SIGTERM', () => void worker.close());
 * ```
 */
export function createPingWorker(options: PingWorkerOptions): PingWorker {
  checkOptions(options, 'createPingWorker', NUMBERS, [...WORKER_OPTIONS, ...KAMINARI_OPTION_NAMES]);
  const settings = readOptions(options, WORKER_OPTIONS);
  const { transport, release } = transportFor(options.transport);
  const url = endpoint(settings.base, '/v2/ping');
  const closing = new AbortController();
  const {
    queueName = DEFAULT_QUEUE_NAME,
    concurrency = 50,
    lockDurationMs = 15_000,
    stalledIntervalMs = 15_000,
    prefix,
  } = options;

  const attempt = async (job: Job<Impression>, ping: Ping): Promise<Verdict> => {
    const attempts = job.attemptsStarted;
    const leftMs = (): number => job.timestamp + settings.windowMs - Date.now();
    if (leftMs() <= 0) return { status: 'expired', attempts: attempts - 1 };
    const timeoutMs = Math.max(1, Math.min(settings.timeoutMs, leftMs()));
    const outcome = await attemptPing(transport, url, ping, {
      timeoutMs,
      freshConnection: false,
      signal: closing.signal,
    });
    if (outcome.kind === 'delivered') return { status: 'delivered', attempts };
    if (outcome.kind === 'rejected') return { status: 'rejected', httpStatus: outcome.status, attempts };
    const delayMs = pauseAfter(outcome, attempts, settings, leftMs());
    if (delayMs === null) return { status: 'expired', attempts };
    return { status: 'later', delayMs: Math.min(delayMs, Math.max(0, leftMs())) };
  };

  const work = async (job: Job<Impression>, token?: string): Promise<{ status: 'delivered'; attempts: number }> => {
    let ping: Ping;
    try {
      ping = buildPing(settings.kmnrKey, job.data);
    } catch {
      throw new UnrecoverableError('not a ping');
    }
    const verdict = await attempt(job, ping);
    if (verdict.status === 'later') {
      await job.moveToDelayed(Date.now() + verdict.delayMs, token);
      throw new DelayedError();
    }
    if (verdict.status === 'delivered') return verdict;
    throw new Failed(verdict);
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
  worker.on('error', errorListener('A Kaminari ping worker', options.onError));
  const hooks = new HookCaller<Pick<PingWorkerOptions, 'onSettled'>>({ onSettled: options.onSettled });
  worker.on('completed', (job, result: PingResult) =>
    hooks.tell('onSettled', () => ({ kmnrId: job.data.kmnrId, result })),
  );
  worker.on('failed', (job, error) => {
    if (job === undefined || !(error instanceof Failed)) return;
    const { result } = error;
    hooks.tell('onSettled', () => ({ kmnrId: job.data.kmnrId, result }));
  });

  let closed: Promise<void> | null = null;
  const close = async (graceMs: number): Promise<void> => {
    // What it cuts short counts as a lost connection, so the job goes back to Redis.
    const timer = setTimeout(() => closing.abort(), graceMs);
    await worker.close();
    clearTimeout(timer);
    await release();
  };
  return {
    ready: async () => void (await worker.waitUntilReady()),
    close(given) {
      closed ??= close(graceMsOf(given));
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
