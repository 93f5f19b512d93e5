/** One problem of an input. */
export interface ValidationIssue {
  /** Where it is, in your own names, such as `device.locale`; empty for the input as a whole. */
  readonly path: string;
  /** What is wrong and what to do, as the rest of a sentence that begins with `path`. */
  readonly message: string;
}

/** Joins issues into one sentence without a full stop: `timeoutMs must be …; retry.maxAttempts must be …`. */
export function joinIssues(issues: readonly ValidationIssue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');
}
