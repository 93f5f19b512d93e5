import { warn } from '../check/warn.js';
import { isKiipError } from '../errors/index.js';
import type { CallbackRefusal } from './refusals.js';

/** The two messages that come in, as warnings name them. */
export type MessageName = 'callback' | 'ping-back';

/** Where refusals and failures of one receiver go. */
export interface Reporter<Info> {
  readonly message: MessageName;
  refused(refusal: CallbackRefusal): void;
  /** `warning` is the last part of the warning's code. */
  failed(error: unknown, info: Info, warning?: string): void;
}

/** The listeners that a receiver's options name. */
export interface Listeners<Info> {
  readonly onRefused?: ((refusal: CallbackRefusal) => void) | undefined;
  readonly onError?: ((error: unknown, info: Info) => void) | undefined;
}

const CODES: ReadonlyMap<string, string> = new Map([
  ['bad_signature', 'SIGNATURE'],
  ['body_eaten', 'BODY_EATEN'],
]);
/** Bodies that are wrong in ever new ways must not fill the log. */
const MAX_REASONS = 50;
/** A word, or the five characters of an SQLSTATE. */
const IDENTIFIER = /^(?:[A-Za-z_][A-Za-z0-9_]{0,49}|[0-9A-Z]{5})$/;

/**
 * Tells the operator what the sender is not told: through their own listeners, or through process warnings. A refusal is warned about
 * once for each reason, a failure each time, since each may be a credit that did not happen.
 */
export function createReporter<Info>(name: MessageName, { onRefused, onError }: Listeners<Info>): Reporter<Info> {
  const prefix = `KIIP_${name.toUpperCase().replace('-', '_')}`;
  const reasons = new Set<string>();

  const call = (option: string, listener: () => unknown): void => {
    const complain = (error: unknown): void =>
      warn(`${prefix}_FAILED`, `The receiver's ${option} threw: ${describeKind(error)}. The answer is the same.`);
    try {
      // A listener may be async although its type says otherwise.
      Promise.resolve(listener()).catch(complain);
    } catch (error) {
      complain(error);
    }
  };

  return {
    message: name,
    refused(refusal) {
      const { status, code, advice } = refusal;
      if (onRefused !== undefined) return call('onRefused', () => onRefused({ status, code, advice }));
      const reason = `${code} ${advice}`;
      if (reasons.has(reason) || reasons.size >= MAX_REASONS) return;
      reasons.add(reason);
      warn(
        `${prefix}_${CODES.get(code) ?? 'REFUSED'}`,
        `A ${name} was answered with ${status} (${code}). ${advice} Pass onRefused to hear of each one.`,
      );
    },
    failed(error, info, warning = 'FAILED') {
      if (onError !== undefined) return call('onError', () => onError(error, info));
      warn(
        `${prefix}_${warning}`,
        `A ${name} was answered with 500 and not handled: ${describeKind(error)}. Pass onError to see the error itself.`,
      );
    },
  };
}

/** Our own errors by their message. Of others class and code, since a message may quote the row, the user, the connection string. */
function describeKind(error: unknown): string {
  if (isKiipError(error)) return `${error.name}, ${error.message.replace(/\.$/, '')}`;
  if (!(error instanceof Error)) return 'something that is not an Error was thrown';
  const { name, code } = error as Error & { code?: unknown };
  const parts = [name, code].filter((part): part is string => typeof part === 'string' && IDENTIFIER.test(part));
  return parts.length === 0 ? 'Error' : parts.join(' ');
}
