import { KiipConfigError, KiipValidationError, type ValidationIssue } from '../errors/index.js';
import type * as z from '../zod.js';
import { copyFields } from './fields.js';
import { joinIssues, listIssues } from './issues.js';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type OptionsSchema = z.ZodType & { readonly shape: Readonly<Record<string, unknown>> };

/** Throws one `KiipConfigError` for all problems of a factory's options. Does nothing when there are none. */
export function refuseOptions(where: string, issues: readonly ValidationIssue[]): void {
  if (issues.length > 0) throw new KiipConfigError(`${where}: ${joinIssues(issues)}.`, issues);
}

/** Lists every problem of an options object. `undefined` counts as an empty object. */
export function listOptionIssues(schema: OptionsSchema, options: unknown): ValidationIssue[] {
  if (options !== undefined && !isObject(options)) return [{ path: 'options', message: 'must be an object' }];
  return listIssues(schema, copyFields(options ?? {}, Object.keys(schema.shape)));
}

/**
 * Checks the options of a constructor or factory.
 *
 * @param where - what the message begins with, such as `createTransport`.
 * @throws KiipConfigError with every problem, unknown keys among them.
 */
export function checkOptions(where: string, schema: OptionsSchema, options: unknown): void {
  refuseOptions(where, listOptionIssues(schema, options));
}

/**
 * Checks the options of one call.
 *
 * @throws KiipValidationError with every problem, unknown keys among them.
 */
export function checkCallOptions(schema: OptionsSchema, options: unknown): void {
  const issues = listOptionIssues(schema, options);
  if (issues.length > 0) throw new KiipValidationError(issues);
}
