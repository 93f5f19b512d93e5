import { KiipConfigError } from '../errors/index.js';

export interface OptionIssue {
  readonly path: string;
  readonly message: string;
}

/** The longest delay that a timer of JavaScript keeps; a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** What is wrong with a duration in milliseconds, as the issues of one option. */
export function durationIssues(path: string, value: unknown, limits: { min: number; max: number }): OptionIssue[] {
  if (Number.isSafeInteger(value) && (value as number) >= limits.min && (value as number) <= limits.max) return [];
  return [{ path, message: `must be a whole number of milliseconds from ${limits.min} to ${limits.max}` }];
}

/** One error for all problems of a factory's options, or nothing. */
export function refuse(factory: string, issues: readonly OptionIssue[]): void {
  if (issues.length === 0) return;
  throw new KiipConfigError(
    `${factory}: ${issues.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
    issues,
  );
}

/** The keys of one `run`, each once; a ledger that is asked about nothing would let everything through. */
export function distinctKeys(ledger: string, keys: readonly string[]): string[] {
  const distinct = [...new Set(keys)];
  const fine = distinct.length > 0 && distinct.every((key) => typeof key === 'string' && key !== '');
  if (!fine)
    refuse(ledger, [{ path: 'keys', message: 'must be non-empty strings, at least one: pass event.dedupKeys' }]);
  return distinct;
}
