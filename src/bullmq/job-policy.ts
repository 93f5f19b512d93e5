import { backoffMs, type BackoffLimits } from '../call/backoff.js';
import type { Summary } from '../call/events.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import { judgePing, summarizePing } from '../kaminari/ping-policy.js';
import type { PingResult } from '../kaminari/types.js';

/** What one run of a job came to: the end of the ping, or another run later. */
export type JobResult = PingResult | { readonly status: 'later'; readonly delayMs: number };

/** One run of a job: a single request by the rules of every ping, whose pause the queue keeps. */
export class JobPolicy implements Policy<JobResult> {
  readonly operation = 'ping';
  readonly #runs: number;
  readonly #limits: BackoffLimits;

  /** `runs`: the job's runs so far, this one included. */
  constructor({ runs, limits }: { readonly runs: number; readonly limits: BackoffLimits }) {
    this.#runs = runs;
    this.#limits = limits;
  }

  judge(reading: Judgeable, { leftMs }: Standing): Verdict<JobResult> {
    const verdict = judgePing(reading, { attempts: this.#runs, leftMs }, this.#limits);
    if (verdict.kind !== 'again') return verdict;
    return { kind: 'done', result: { status: 'later', delayMs: verdict.delayMs } };
  }

  stop(why: Stop): Ending<JobResult> {
    if (why === 'late') return { kind: 'done', result: { status: 'expired', attempts: this.#runs - 1 } };
    return { kind: 'done', result: { status: 'later', delayMs: backoffMs(this.#runs, this.#limits, Math.random()) } };
  }

  summarize(result: JobResult): Summary {
    return result.status === 'later' ? { outcome: 'error', code: 'later' } : { ...summarizePing(result), result };
  }

  isInterim(result: JobResult): boolean {
    return result.status === 'later';
  }
}
