import { summarise } from '../failure.js';

/** One check, as `smoke --json` shows it. */
export interface StepReport {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail?: string;
  /** What is wrong and what to do. */
  readonly error?: string;
}

/** The result of a check: the value that later checks need, or why it failed. */
export type StepResult<T> =
  | { readonly kind: 'passed'; readonly value: T; readonly detail: string }
  | { readonly kind: 'failed'; readonly error: string };

export const passed = <T>(value: T, detail: string): StepResult<T> => ({ kind: 'passed', value, detail });
export const failed = (error: string) => ({ kind: 'failed', error }) as const;

/** Hears of the checks while they run. */
export interface StepListener {
  begins(name: string): void;
  ended(report: StepReport): void;
}

/**
 * Runs checks one after the other and keeps their reports. A check that throws counts as failed and does not end the
 * run.
 */
export class Steps {
  readonly reports: StepReport[] = [];
  /** The error of the last check that threw one. */
  thrown: unknown = null;
  readonly #listener: StepListener;

  constructor(listener: StepListener) {
    this.#listener = listener;
  }

  /** @returns the value of the check, or `null` when it failed. */
  async run<T extends object>(name: string, check: () => StepResult<T> | Promise<StepResult<T>>): Promise<T | null> {
    this.#listener.begins(name);
    const start = performance.now();
    const result = await this.#tryCheck(check);
    const ms = Math.round((performance.now() - start) * 10) / 10;
    const report: StepReport =
      result.kind === 'failed'
        ? { name, ok: false, ms, error: result.error }
        : { name, ok: true, ms, detail: result.detail };
    this.reports.push(report);
    this.#listener.ended(report);
    return result.kind === 'failed' ? null : result.value;
  }

  async #tryCheck<T>(check: () => StepResult<T> | Promise<StepResult<T>>): Promise<StepResult<T>> {
    try {
      return await check();
    } catch (error) {
      this.thrown = error;
      return failed(summarise(error));
    }
  }
}
