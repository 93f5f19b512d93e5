import { KiipError, nameErrorClass } from './kiip-error.js';

/** One problem of an input. */
export interface ValidationIssue {
  /** Where it is, in your own names, such as `device.locale`; empty for the input as a whole. */
  readonly path: string;
  /** What is wrong and what to do, as the rest of a sentence that begins with `path`. */
  readonly message: string;
}

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
      `The input has ${issues.length} problem${issues.length === 1 ? '' : 's'}, so nothing was sent: ${issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ')}.`,
    );
    this.issues = issues;
  }
}
