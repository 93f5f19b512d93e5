import { checkOptions } from '../check/check-options.js';
import * as z from '../zod.js';
import type { RedemptionFormula } from './signature/formula.js';

/** How callbacks are verified. */
export interface VerifyOptions {
  /**
   * The app secret from the dashboard. While you rotate it, pass the old and the new one: a callback signed with either
   * is accepted.
   */
  readonly secret: string | readonly string[];
  /**
   * How redemptions are signed (PROTOCOL K22, K23). Issuances have only one formula.
   * @defaultValue `'documented'`
   */
  readonly redemptionFormula?: RedemptionFormula | undefined;
}

/** Options of `verifyCallback`. */
export interface VerifyCallbackOptions extends VerifyOptions {
  /**
   * The request's `Content-Type`, as `headers.get()` returns it. It only serves to refuse other types: the body's first
   * character tells JSON from a form.
   * @defaultValue none: no type is refused
   */
  readonly contentType?: string | null | undefined;
}

const FORMULAS = ['documented', 'legacy', 'either'] as const satisfies readonly RedemptionFormula[];

// Without this check an undefined secret, usually an unset environment variable, would sign as the text "undefined".
const isOneSecret = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

/** Whether a value is a secret, or a list of secrets. */
export const isSecret = (value: unknown): value is string | readonly string[] =>
  isOneSecret(value) || (Array.isArray(value) && value.length > 0 && value.every(isOneSecret));

/** The rule for the option `redemptionFormula`. */
export const formulaField = () => z.optional(z.enum(FORMULAS, "must be 'documented', 'legacy' or 'either'"));
/** What an error says about a secret that {@link isSecret} refuses. */
export const SECRET_RULE = 'must be the app secret, or a list of secrets, none of them empty';

const fields = { secret: z.custom(isSecret, SECRET_RULE), redemptionFormula: formulaField() };
const contentType = z.optional(
  z.custom(
    (value) => value === null || typeof value === 'string',
    'must be the text of a Content-Type header, or null',
  ),
);
const schemas = {
  verifyCallback: z.strictObject({ ...fields, contentType }),
  verifyCallbackFields: z.strictObject(fields),
};

/** @throws KiipConfigError naming every problem. */
export function checkVerifyOptions(where: keyof typeof schemas, options: VerifyCallbackOptions): void {
  if (!isUsual(options)) checkOptions(where, schemas[where], options);
}

/**
 * Whether the options are just one secret, as in nearly every call. Such calls skip the schema, which would take as
 * long as the hash.
 */
function isUsual(options: VerifyCallbackOptions): boolean {
  for (const key in options) if (key !== 'secret') return false;
  return isOneSecret((options as Partial<VerifyOptions> | undefined)?.secret);
}
