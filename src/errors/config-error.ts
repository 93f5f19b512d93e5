import { KiipError, nameErrorClass } from './kiip-error.js';

/** An option of a constructor or factory is missing or wrong. Fix the code or the environment; nothing was sent. */
export class KiipConfigError extends KiipError {
  static {
    nameErrorClass(this, 'KiipConfigError');
  }

  readonly code = 'config';
  /** Every problem found; `path` is the option's name. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(message: string, issues: readonly { readonly path: string; readonly message: string }[] = []) {
    super(message);
    this.issues = issues;
  }
}
