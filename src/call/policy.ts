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
  /** Whether `close()` may cut the pause short; never where the server chose it. */
  readonly mayHurry: boolean;
  /** What `onRetry` is told besides the attempt and the pause. */
  readonly reason: { readonly code: string; readonly status?: number | null };
}

/** What a reading means for the call. */
export type Verdict<Result> = Ending<Result> | Again;

/** Why a call ends without a reading of its last attempt. */
export type Stop =
  /** `close()` had been called before it. */
  | 'closed'
  /** `close()` gave it up. */
  | 'abandoned'
  /** Too many calls were under way. */
  | 'overloaded'
  /** Its signal fired. */
  | 'aborted'
  /** Its deadline passed in the queue or in a pause. */
  | 'late';

/** Where a call stands when a policy is asked. */
export interface Standing {
  /** Requests made so far. */
  readonly attempts: number;
  /** Milliseconds until the deadline. */
  readonly leftMs: number;
}

/** What the loop can hand to a policy: an attempt that a misconfigured transport never made fails the call by itself. */
export type Judgeable = Extract<Reading, { readonly kind: 'answer' }> | Failure;

/** The rules of one kind of call: what an answer or a failure means, when to go again, and which error to build. */
export interface Policy<Result> {
  readonly operation: Operation;
  judge(reading: Judgeable, standing: Standing): Verdict<Result>;
  stop(why: Stop, attempts: number): Ending<Result>;
  /** What `onSettled` is told besides, however the call ends. */
  readonly note?: object;
  /** For `onSettled`. */
  summarize(result: Result): Summary;
  /** Whether a result is not the end of the story, as for a job that goes back to its queue: `onSettled` is not told then. */
  isInterim?(result: Result): boolean;
}

/** One call to be made. */
export interface Call<Result> {
  readonly url: string;
  readonly method?: 'POST' | 'GET' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body, or a function that makes it: it is asked after the queue and before each attempt, within the deadline and the signal. When it
   * rejects, nothing is sent and the call rejects with the same error.
   */
  readonly body: string | ((attempt: number) => Promise<string>);
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly policy: Policy<Result>;
}
