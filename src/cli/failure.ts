import { isKiipError, type KiipError, type ValidationIssue } from '../errors/index.js';
import { KIIP_ORIGINS, type Origins } from './environment.js';
import type { ExitCode } from './exit-code.js';
import type { Output } from './output.js';
import { printable } from './terminal.js';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly issues?: readonly ValidationIssue[];
}

const listIssues = (error: KiipError): readonly ValidationIssue[] =>
  'issues' in error && Array.isArray(error.issues) ? (error.issues as ValidationIssue[]) : [];

/** Words a problem for the command line: names the variable in place of the option that it sets. */
function inOurTerms({ path, message }: ValidationIssue, origins: Origins): ValidationIssue {
  const variable = Object.hasOwn(origins, path) ? origins[path] : undefined;
  return { path: variable ?? path, message };
}

const writeIssue = ({ path, message }: ValidationIssue): string => (path === '' ? message : `${path} ${message}`);

/** Adds the platform's own words about a refusal, which are the best hint (PROTOCOL K17a). */
function describeKiipError(error: KiipError): string {
  const { message } = error;
  const reason = 'reason' in error && (error.code === 'http_status' || error.code === 'refused') ? error.reason : null;
  return typeof reason !== 'string' || message.includes(reason) ? message : `${message} It says: ${reason}`;
}

/** Describes an error for `--json`. */
export function describeFailure(error: unknown, origins = KIIP_ORIGINS): Told {
  if (isKiipError(error)) {
    const issues = listIssues(error).map((issue) => inOurTerms(issue, origins));
    return {
      code: error.code,
      message: describeKiipError(error),
      help: error.help,
      ...(issues.length > 0 && { issues }),
    };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { code: 'unexpected', message: `${name}: ${message}` };
}

/** Summarises an error on one line. */
export const summarise = (error: unknown): string => {
  const { code, message } = describeFailure(error);
  return `${message} [${code}]`;
};

/** Bad input is wrong usage; every other error is a failed check. */
const findExitCode = (code: string): ExitCode => (code === 'config' || code === 'invalid_request' ? 2 : 1);

/**
 * Prints what went wrong and what to do about it.
 *
 * @param facts - more fields for `--json`.
 * @param origins - the variable that each option comes from.
 */
export function tellFailure(out: Output, error: unknown, facts: object = {}, origins = KIIP_ORIGINS): ExitCode {
  const told = describeFailure(error, origins);
  out.data({ ok: false, ...facts, error: told });
  const issues = told.issues ?? [];
  if (issues.length > 0) {
    out.failure(
      `${issues.length === 1 ? 'there is 1 problem' : `there are ${issues.length} problems`}, so nothing was done:`,
    );
    for (const issue of issues) out.note(`  - ${printable(writeIssue(issue))}`);
  } else {
    out.failure(printable(told.message));
  }
  if (told.help !== undefined) out.note(`See ${told.help}`);
  return findExitCode(told.code);
}
