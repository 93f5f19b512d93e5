import { warn } from '../../check/warn.js';

/** Tells the operator about a failure: their own `onError`, or a warning that names the kind of error and none of its words. */
export function reportFailure(error: unknown, onError: ((error: unknown) => void) | undefined): void {
  if (onError === undefined) {
    warn(
      'KIIP_CALLBACK_FAILED',
      `A callback was answered with 500 and not credited: ${kindOf(error)}. Pass onError to see the error itself.`,
    );
    return;
  }
  try {
    onError(error);
  } catch (second) {
    warn(
      'KIIP_CALLBACK_FAILED',
      `A callback was answered with 500 and not credited; onError itself threw: ${kindOf(second)}.`,
    );
  }
}

/** A word, or the five characters of an SQLSTATE. */
const IDENTIFIER = /^(?:[A-Za-z_][A-Za-z0-9_]{0,49}|[0-9A-Z]{5})$/;

/** Class and code of an error, as far as they look like identifiers: a message may quote the row, the user, the connection string. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an Error was thrown';
  const { name, code } = error as Error & { code?: unknown };
  const parts = [name, code].filter((part): part is string => typeof part === 'string' && IDENTIFIER.test(part));
  return parts.length === 0 ? 'Error' : parts.join(' ');
}
