import { backoffMs, type BackoffLimits } from '../call/backoff.js';
import { buildAbortError, buildCallError, buildDeadlineError, type Party } from '../call/build-error.js';
import type { Summary } from '../call/events.js';
import { findMediaType, type Failure } from '../call/failure.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import type { TransportResponse } from '../call/transport.js';
import { KiipClosedError, KiipOverloadedError, type CallFacts, type KiipCallError } from '../errors/index.js';
import type { AnswerFacts } from '../response/json.js';
import { maskReason, readRefusedBody } from '../response/refusal.js';
import type { PlatformOperation } from './hooks.js';
import { mayRepeat } from './retry.js';

/** The limits of every call, in milliseconds and counts. */
export interface Limits {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly maxResponseBytes: number;
  readonly retry: BackoffLimits & { readonly maxAttempts: number };
}

/** One operation of the platform: how to read and summarize its answers. */
export interface PlatformCall<Result> {
  readonly operation: PlatformOperation;
  readonly limits: Limits;
  /** Reads the body of a 2xx. Throws a `KiipError` when it cannot be read. */
  read(body: unknown, facts: AnswerFacts): Result;
  summarize(result: Result): Summary;
}

const PLATFORM: Party = {
  name: 'the platform',
  advise(status) {
    if (status === 400 || status === 422)
      return 'It refused the payload: run adviseOn() on it, and check the app key and the moment id.';
    if (status === 401 || status === 403)
      return 'It refused the app: check appKey, and that the app is enabled in the dashboard.';
    if (status === 404)
      return 'There is nothing at this address: check baseUrl and paths, including the trailing slash.';
    if (status === 429) return 'It got too many requests: slow down, or lower maxConcurrent.';
    if (status >= 500) return 'The platform failed: try again later.';
    return 'The documents do not explain this status: check for a proxy between you and the platform.';
  },
};

/** Lists the values of a request that an error must not repeat. Called only when there is a text to mask. */
export type ListSecrets = () => readonly (string | number)[];

/** The rules of one call to the platform (docs/retries.md). */
export class PlatformPolicy<Result> implements Policy<Result> {
  readonly operation: PlatformOperation;
  readonly #call: PlatformCall<Result>;
  readonly #listSecrets: ListSecrets;

  constructor(call: PlatformCall<Result>, listSecrets: ListSecrets) {
    this.operation = call.operation;
    this.#call = call;
    this.#listSecrets = listSecrets;
  }

  judge(reading: Judgeable, { attempts, leftMs }: Standing): Verdict<Result> {
    const { operation } = this;
    if (reading.kind === 'answer') {
      const { response } = reading;
      // If this throws, the call fails with that error.
      const result = this.#call.read(response.body, new Facts(operation, attempts, response, this.#listSecrets));
      return { kind: 'done', result };
    }
    const { retry } = this.#call.limits;
    const error = buildCallError(this.#addWords(reading), { operation, attempts }, PLATFORM);
    if (attempts >= retry.maxAttempts || !mayRepeat(operation, reading)) return { kind: 'failed', error };
    const asked = reading.kind === 'status' ? reading.retryAfterMs : null;
    const delayMs = asked ?? backoffMs(attempts, retry, Math.random());
    if (delayMs >= leftMs) return { kind: 'failed', error };
    return { kind: 'again', delayMs, mayHurry: false, reason: { code: error.code } };
  }

  /** Adds the platform's reason to a refused status, and masks what the answer repeats of the request (PROTOCOL K17a). */
  #addWords(failure: Failure): Failure {
    if (failure.kind !== 'status') return failure;
    const { redirectHost, response } = failure;
    return {
      ...failure,
      redirectHost: redirectHost === null ? null : maskReason(redirectHost, this.#listSecrets()),
      words: response === null ? null : readRefusedBody(response.body, this.#listSecrets),
    };
  }

  stop(why: Stop, attempts: number): Ending<Result> {
    return { kind: 'failed', error: this.#buildStopError(why, { operation: this.operation, attempts }) };
  }

  summarize(result: Result): Summary {
    return this.#call.summarize(result);
  }

  #buildStopError(why: Stop, facts: CallFacts): KiipCallError {
    if (why === 'late') return buildDeadlineError(facts);
    if (why === 'overloaded') {
      const { maxConcurrent, maxQueued } = this.#call.limits;
      return new KiipOverloadedError(
        `${maxConcurrent} calls are in flight and ${maxQueued} wait (maxConcurrent, maxQueued). Nothing was sent: shed load, or try later.`,
        facts,
      );
    }
    if (why === 'closed') return new KiipClosedError('The client is closed: create a new one.', facts);
    return buildAbortError(facts);
  }
}

/** The facts that an answer's reader puts into an error. */
class Facts implements AnswerFacts {
  readonly operation: PlatformOperation;
  readonly attempts: number;
  readonly status: number;
  readonly #response: TransportResponse;
  readonly #listSecrets: ListSecrets;

  constructor(operation: PlatformOperation, attempts: number, response: TransportResponse, listSecrets: ListSecrets) {
    this.operation = operation;
    this.attempts = attempts;
    this.status = response.status;
    this.#response = response;
    this.#listSecrets = listSecrets;
  }

  get secrets(): readonly (string | number)[] {
    return this.#listSecrets();
  }

  /** A getter, because only errors need it and Node assembles the headers on first access. */
  get contentType(): string | null {
    return findMediaType(this.#response);
  }
}
