import { KiipConfigError, type ValidationIssue } from '../errors/index.js';
import type { RedemptionFormula } from './signature/formula.js';

const FORMULAS: readonly unknown[] = ['documented', 'legacy', 'either'] satisfies RedemptionFormula[];

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

/** Every problem of the options, in the order of their names above. */
export function verifyOptionIssues(options: VerifyOptions): ValidationIssue[] {
  const { secret, redemptionFormula } = (options as VerifyOptions | null | undefined) ?? {};
  const issues: ValidationIssue[] = [];
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  // An undefined secret, usually a variable that is not set, would otherwise sign as the text "undefined".
  if (secrets.length === 0 || secrets.some((one) => typeof one !== 'string' || one.trim() === '')) {
    issues.push({ path: 'secret', message: 'must be the app secret, or a list of secrets, none of them empty' });
  }
  if (redemptionFormula !== undefined && !FORMULAS.includes(redemptionFormula)) {
    issues.push({ path: 'redemptionFormula', message: "must be 'documented', 'legacy' or 'either'" });
  }
  return issues;
}

/** @throws KiipConfigError naming all of them, if there are any. */
export function throwConfigIssues(where: string, issues: readonly ValidationIssue[]): void {
  if (issues.length === 0) return;
  throw new KiipConfigError(`${where}: ${issues.map(({ path, message }) => `${path} ${message}`).join('; ')}.`, issues);
}
