import { checkOptions } from '../check/options.js';
import * as z from '../zod.js';
import type { RedemptionFormula } from './signature/formula.js';

/** How callbacks are verified. */
export interface VerifyOptions {
  /** The app secret from the dashboard; while it is being rotated, the old one and the new one. Any of them may have signed. */
  readonly secret: string | readonly string[];
  /**
   * How redemptions are signed (PROTOCOL K22, K23). Issuances have one formula only.
   * @defaultValue 'documented'
   */
  readonly redemptionFormula?: RedemptionFormula | undefined;
}

/** Options of `verifyCallback`. */
export interface VerifyCallbackOptions extends VerifyOptions {
  /**
   * The request's `Content-Type`, also as `headers.get()` gives it. The body's first character tells JSON from a form; this only refuses
   * what is neither.
   */
  readonly contentType?: string | null | undefined;
}

const FORMULAS = ['documented', 'legacy', 'either'] as const satisfies readonly RedemptionFormula[];

// An undefined secret, usually a variable that is not set, would otherwise sign as the text "undefined".
const isOneSecret = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

/** Whether a value is a secret, or a list of secrets. */
export const isSecret = (value: unknown): value is string | readonly string[] =>
  isOneSecret(value) || (Array.isArray(value) && value.length > 0 && value.every(isOneSecret));

/** The rules of {@link VerifyOptions}, as the fields of a schema. */
export const formulaField = () => z.optional(z.enum(FORMULAS, "must be 'documented', 'legacy' or 'either'"));
export const SECRET_RULE = 'must be the app secret, or a list of secrets, none of them empty';

const fields = { secret: z.custom(isSecret, SECRET_RULE), redemptionFormula: formulaField() };
const contentType = z.optional(
  z.custom((value) => value === null || typeof value === 'string', 'must be a Content-Type header'),
);
const schemas = {
  verifyCallback: z.strictObject({ ...fields, contentType }),
  verifyCallbackFields: z.strictObject(fields),
};

/** @throws KiipConfigError naming every problem. */
export function checkVerifyOptions(where: keyof typeof schemas, options: VerifyCallbackOptions): void {
  if (!isUsual(options)) checkOptions(where, schemas[where], options);
}

/** The options as nearly every call has them: one secret, nothing else. A look is enough, and a schema takes as long as the hash. */
function isUsual(options: VerifyCallbackOptions): boolean {
  for (const key in options) if (key !== 'secret') return false;
  return isOneSecret((options as Partial<VerifyOptions> | undefined)?.secret);
}
