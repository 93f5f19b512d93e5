import { KiipAbortError, KiipClosedError, KiipOverloadedError, KiipTimeoutError } from '../errors/index.js';
import { backoffMs } from '../call/backoff.js';
import { sendGuarded } from '../call/guard.js';
import { pause } from '../call/pause.js';
import type { Transport, TransportRequest, TransportResponse } from '../call/transport.js';
import { assertAnswer, failureFrom, failureOf, isSuccess, type Failed } from './failure.js';
import { Gate } from './gate.js';
import type { Observer, PlatformOperation } from './hooks.js';
import { mayRepeat } from './retry.js';

/** The limits every call keeps, in milliseconds and counts. */
export interface Limits {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly maxResponseBytes: number;
  readonly retry: { readonly maxAttempts: number; readonly baseDelayMs: number; readonly maxDelayMs: number };
}

/** One call to be made. */
export interface Call {
  readonly operation: PlatformOperation;
  readonly url: string;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly deadlineMs: number | undefined;
}

/** A 2xx answer, and the number of requests it took. */
export interface Answer {
  readonly response: TransportResponse;
  readonly attempts: number;
}

const HEADERS_FOR = (userAgent: string): Readonly<Record<string, string>> =>
  Object.freeze({
    accept: 'application/json',
    'content-type': 'application/json; charset=utf-8',
    'user-agent': userAgent,
  });

/** Carries calls through the gate, the deadline and the retries to a transport. */
export class Caller {
  readonly #transport: Transport;
  readonly #limits: Limits;
  readonly #observer: Observer;
  readonly #gate: Gate;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #host: string;
  #closed = false;

  constructor(options: { transport: Transport; limits: Limits; observer: Observer; userAgent: string; host: string }) {
    this.#transport = options.transport;
    this.#limits = options.limits;
    this.#observer = options.observer;
    this.#gate = new Gate(options.limits.maxConcurrent, options.limits.maxQueued);
    this.#headers = HEADERS_FOR(options.userAgent);
    this.#host = options.host;
  }

  /** Resolves when every call, queued ones included, has ended. New calls are refused from now on. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#gate.idle();
  }

  /** The failure of a call that may not start, before anything is built or sent. */
  assertOpen(operation: PlatformOperation): void {
    if (this.#closed)
      throw new KiipClosedError('The client is closed: make calls before close(), or make a new client.', {
        operation,
        attempts: 0,
      });
  }

  async call(call: Call): Promise<Answer> {
    const deadlineAt = performance.now() + (call.deadlineMs ?? this.#limits.deadlineMs);
    if (!this.#gate.tryEnter()) await this.#queue(call, deadlineAt);
    try {
      let freshConnection = false;
      for (let attempt = 1; ; attempt += 1) {
        assertInTime(call, attempt - 1, deadlineAt);
        const outcome = await this.#attempt(call, attempt, deadlineAt, freshConnection);
        if (!('error' in outcome)) return { response: outcome, attempts: attempt };
        await this.#pauseOrThrow(call, attempt, deadlineAt, outcome);
        freshConnection = outcome.failure !== null && 'maybeSent' in outcome.failure;
      }
    } finally {
      this.#gate.leave();
    }
  }

  async #queue(call: Call, deadlineAt: number): Promise<void> {
    const { operation, signal } = call;
    if (this.#gate.full) {
      const { maxConcurrent, maxQueued } = this.#limits;
      throw new KiipOverloadedError(
        `${maxConcurrent} calls are in flight and ${maxQueued} wait (maxConcurrent, maxQueued). Nothing was sent: shed load, or try later.`,
        { operation, attempts: 0 },
      );
    }
    let leave = (): void => {};
    const place = new Promise<'place'>((resolve) => (leave = this.#gate.wait(() => resolve('place'))));
    const ended = await pause(deadlineAt - performance.now(), signal, place);
    if (ended === 'place') return;
    leave();
    throw ended === 'aborted' ? aborted(call, 0) : tooLate(call, 0);
  }

  /** Waits until the next attempt; throws when there is none. */
  async #pauseOrThrow(
    call: Call,
    attempt: number,
    deadlineAt: number,
    { error, failure, retryAfterMs }: Failed,
  ): Promise<void> {
    const { retry } = this.#limits;
    if (failure === null || attempt >= retry.maxAttempts || !mayRepeat(call.operation, failure)) throw error;
    const delayMs = retryAfterMs ?? backoffMs(attempt, retry, Math.random());
    if (performance.now() + delayMs >= deadlineAt) throw error;
    this.#observer.tell('onRetry', () => ({
      operation: call.operation,
      attempt,
      host: this.#host,
      delayMs,
      code: error.code,
    }));
    if ((await pause(delayMs, call.signal)) === 'aborted') throw aborted(call, attempt);
  }

  async #attempt(
    call: Call,
    attempt: number,
    deadlineAt: number,
    freshConnection: boolean,
  ): Promise<TransportResponse | Failed> {
    const { operation, url, body, signal } = call;
    const limitMs = call.timeoutMs ?? this.#limits.timeoutMs;
    const startedAt = performance.now();
    const leftMs = deadlineAt - startedAt;
    const scope = leftMs < limitMs ? 'deadline' : 'attempt';
    const timeoutMs = Math.max(1, Math.min(limitMs, leftMs));
    const request: TransportRequest = {
      url,
      headers: this.#headers,
      body,
      timeoutMs,
      maxResponseBytes: this.#limits.maxResponseBytes,
      freshConnection,
      signal,
    };
    this.#tellRequest(operation, attempt);
    try {
      const response = await sendGuarded(this.#transport, request);
      assertAnswer(response);
      this.#tellResponse(operation, attempt, response.status, startedAt);
      return isSuccess(response) ? response : failureOf(response, { operation, attempts: attempt }, url);
    } catch (thrown) {
      return failureFrom(thrown, { operation, attempts: attempt }, scope, timeoutMs);
    }
  }

  // Methods of their own: what a closure captures is allocated where it is declared, used or not.
  #tellRequest(operation: PlatformOperation, attempt: number): void {
    this.#observer.tell('onRequest', () => ({ operation, attempt, host: this.#host }));
  }

  #tellResponse(operation: PlatformOperation, attempt: number, status: number, startedAt: number): void {
    this.#observer.tell('onResponse', () => ({
      operation,
      attempt,
      host: this.#host,
      status,
      durationMs: performance.now() - startedAt,
    }));
  }
}

/** A request that nobody waits for is not sent: a moment's reward would be lost. A busy process sees its timers late. */
function assertInTime(call: Call, attempts: number, deadlineAt: number): void {
  if (call.signal?.aborted) throw aborted(call, attempts);
  if (performance.now() >= deadlineAt) throw tooLate(call, attempts);
}

function tooLate({ operation }: Call, attempts: number): KiipTimeoutError {
  const what =
    attempts === 0
      ? 'The call waited for its turn until deadlineMs; nothing was sent.'
      : 'No time of deadlineMs was left.';
  return new KiipTimeoutError(what, { operation, attempts, scope: 'deadline' });
}

function aborted({ operation }: Call, attempts: number): KiipAbortError {
  return new KiipAbortError('The call was aborted by its signal.', { operation, attempts });
}
