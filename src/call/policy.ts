import type { Operation } from '../errors/index.js';
import type { Summary } from './events.js';
import type { Failure, Reading } from './failure.js';

/** How a call ends. */
export type Ending<Result> =
  { readonly kind: 'done'; readonly result: Result } | { readonly kind: 'failed'; readonly error: unknown };

/** Another attempt, after a pause. */
export interface Again {
  readonly kind: 'again';
  readonly delayMs: number;
  /** Whether `close()` may cut the pause short. Never set it when the server chose the pause. */
  readonly mayHurry: boolean;
  /** What `onRetry` reports in addition to the attempt and the pause. */
  readonly reason: { readonly code: string; readonly status?: number | null };
}

/** What a reading means for the call. */
export type Verdict<Result> = Ending<Result> | Again;

/** Why a call ends without a reading to judge. */
export type Stop =
  /** `close()` was called before the call. */
  | 'closed'
  /** `close()` gave up the call. */
  | 'abandoned'
  /** Too many calls were under way. */
  | 'overloaded'
  /** Its signal fired. */
  | 'aborted'
  /** Its deadline passed in line, while its body was made, or in a pause. */
  | 'late';

/** The state of a call at the time its policy judges a reading. */
export interface Standing {
  /** Requests made so far. */
  readonly attempts: number;
  /** Milliseconds until the deadline. */
  readonly leftMs: number;
}

/** The readings that a policy judges. The loop itself handles an aborted attempt and an unusable transport. */
export type Judgeable = Extract<Reading, { readonly kind: 'answer' }> | Failure;

/** The rules of one kind of call: what an answer or a failure means, when to go again, and which error to build. */
export interface Policy<Result> {
  readonly operation: Operation;
  judge(reading: Judgeable, standing: Standing): Verdict<Result>;
  stop(why: Stop, attempts: number): Ending<Result>;
  /** Extra fields for `onSettled`, however the call ends. */
  readonly note?: object;
  /** Summarizes a result for `onSettled`. */
  summarize(result: Result): Summary;
  /**
   * Whether the work goes on after this result, as for a job that returns to its queue. `onSettled` is then not called.
   */
  isInterim?(result: Result): boolean;
}

/** One call to be made. */
export interface Call<Result> {
  readonly url: string;
  readonly method?: 'POST' | 'GET' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body, or a function that makes it. The loop calls the function after the queue and before each attempt, within
   * the deadline and the signal. When it rejects, nothing is sent and the call rejects with the same error.
   */
  readonly body: string | ((attempt: number) => Promise<string>);
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly policy: Policy<Result>;
}

/** Returns the result of a call that ended well, and throws the error of any other. */
export function unwrap<Result>(ending: Ending<Result>): Result {
  if (ending.kind === 'failed') throw ending.error;
  return ending.result;
}
