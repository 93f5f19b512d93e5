import { KiipValidationError, type ValidationIssue } from '../errors/index.js';
import type { ConsentChoice } from './consent-store.js';

const isDate = (value: unknown): value is Date =>
  Object.prototype.toString.call(value) === '[object Date]' && !Number.isNaN(Number(value));

const describeId = (path: string, id: unknown): ValidationIssue[] =>
  typeof id === 'string' && id !== '' ? [] : [{ path, message: 'must be a non-empty string' }];

/**
 * Checks the ids of a store's call: a choice is remembered for a pair of user and device.
 *
 * @throws KiipValidationError with every problem.
 */
export function checkConsentIds(userId: unknown, deviceId?: { readonly id: unknown }): void {
  const issues = describeId('userId', userId);
  if (deviceId !== undefined) issues.push(...describeId('deviceId', deviceId.id));
  if (issues.length > 0) throw new KiipValidationError(issues);
}

/**
 * Checks the time of a choice.
 *
 * @throws KiipValidationError when it is not a valid Date: choices are ordered by it.
 */
export function checkConsentTime(at: unknown): void {
  if (!isDate(at)) throw new KiipValidationError([{ path: 'at', message: 'must be a valid Date' }]);
}

/**
 * Checks a choice before it is stored and returns a copy, so that changing its Date later has no effect. An empty state counts as
 * absent, and letters become upper case.
 *
 * @throws KiipValidationError with every problem.
 */
export function readConsentChoice(choice: ConsentChoice): ConsentChoice {
  const { optedOut, state, at } = (choice ?? {}) as Partial<ConsentChoice>;
  const issues: ValidationIssue[] = [];
  if (typeof optedOut !== 'boolean') issues.push({ path: 'optedOut', message: 'must be true or false' });
  if (state !== undefined && typeof state !== 'string') issues.push({ path: 'state', message: 'must be a string' });
  if (!isDate(at)) issues.push({ path: 'at', message: 'must be a valid Date' });
  if (issues.length > 0) throw new KiipValidationError(issues);
  const copy = { optedOut: optedOut as boolean, at: new Date(Number(at)) };
  return state === undefined || state === '' ? copy : { ...copy, state: state.toUpperCase() };
}

/** Whether two choices are equal apart from their times. */
export const isSameChoice = (a: ConsentChoice, b: ConsentChoice): boolean =>
  a.optedOut === b.optedOut && (a.state ?? null) === (b.state ?? null);
