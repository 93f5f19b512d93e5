import { KiipError, nameErrorClass } from './kiip-error.js';
import { joinIssues, type ValidationIssue } from './validation-issue.js';

/** The input of a call breaks a rule of the protocol. `issues` lists every problem. Nothing was sent. */
export class KiipValidationError extends KiipError {
  static {
    nameErrorClass(this, 'KiipValidationError');
  }

  readonly code = 'invalid_request';
  /** Every problem, not only the first. */
  readonly issues: readonly ValidationIssue[];

  constructor(issues: readonly ValidationIssue[]) {
    super(
      `The input has ${issues.length} problem${issues.length === 1 ? '' : 's'}, so nothing was sent: ${joinIssues(issues)}.`,
    );
    this.issues = issues;
  }
}
