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
export type StepResult<T> = { readonly value: T; readonly detail?: string } | { readonly failed: string };

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
      'failed' in result
        ? { name, ok: false, ms, error: result.failed }
        : { name, ok: true, ms, ...(result.detail !== undefined && { detail: result.detail }) };
    this.reports.push(report);
    this.#listener.ended(report);
    return 'failed' in result ? null : result.value;
  }

  async #tryCheck<T>(check: () => StepResult<T> | Promise<StepResult<T>>): Promise<StepResult<T>> {
    try {
      return await check();
    } catch (error) {
      this.thrown = error;
      return { failed: summarise(error) };
    }
  }
}
