import { backoffMs } from '../call/backoff.js';
import type { Summary } from '../call/events.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import { judgeDelivery, summarizeDelivery, type DeliveryRules } from '../kaminari/delivery-policy.js';
import type { PingResult } from '../kaminari/ping-result.js';

/** The result of one run of a job: the end of the delivery, or a later run. */
export type JobResult = PingResult | { readonly status: 'later'; readonly delayMs: number };

/**
 * The call-loop policy for one run of a job. It allows a single request by the usual rules and leaves the pauses to the
 * queue.
 */
export class JobPolicy implements Policy<JobResult> {
  readonly operation: DeliveryRules['operation'];
  readonly #rules: DeliveryRules;
  readonly #runs: number;

  /** `runs` counts the job's runs, including this one. */
  constructor({ runs, ...rules }: DeliveryRules & { readonly runs: number }) {
    this.operation = rules.operation;
    this.#rules = rules;
    this.#runs = runs;
  }

  judge(reading: Judgeable, { leftMs }: Standing): Verdict<JobResult> {
    const verdict = judgeDelivery(reading, { attempts: this.#runs, leftMs }, this.#rules);
    if (verdict.kind !== 'again') return verdict;
    return { kind: 'done', result: { status: 'later', delayMs: verdict.delayMs } };
  }

  stop(why: Stop): Ending<JobResult> {
    if (why === 'late') return { kind: 'done', result: { status: 'expired', attempts: this.#runs - 1 } };
    const delayMs = backoffMs(this.#runs, this.#rules.limits, Math.random());
    return { kind: 'done', result: { status: 'later', delayMs } };
  }

  summarize(result: JobResult): Summary {
    return result.status === 'later' ? { outcome: 'error', code: 'later' } : { ...summarizeDelivery(result), result };
  }

  isInterim(result: JobResult): boolean {
    return result.status === 'later';
  }
}
