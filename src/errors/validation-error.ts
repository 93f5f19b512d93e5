import { KiipError, nameErrorClass } from './kiip-error.js';

/** One problem of an input: its path in your own names (`device.locale`), and what to do about it. */
export interface ValidationIssue {
  /** Where it is, in your own names, such as `device.locale`; empty for the input as a whole. */
  readonly path: string;
  /** What is wrong and what to do, as the end of a sentence that begins with the path. */
  readonly message: string;
}

/** The input of a call breaks a rule of the protocol. `issues` holds all problems at once; nothing was sent. */
export class KiipValidationError extends KiipError {
  static {
    nameErrorClass(this, 'KiipValidationError');
  }

  readonly code = 'invalid_request';
  /** All problems, never only the first. */
  readonly issues: readonly ValidationIssue[];

  constructor(issues: readonly ValidationIssue[]) {
    super(
      `Nothing was sent, the input has ${issues.length} problem${issues.length === 1 ? '' : 's'}: ${issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ')}.`,
    );
    this.issues = issues;
  }
}
