import { warn } from '../check/warn.js';
import { isKiipError } from '../errors/index.js';
import type { CallbackRefusal } from './refusals.js';

/** The two kinds of incoming message, as warnings name them. */
export type MessageName = 'callback' | 'ping-back';

/** Reports the refusals and failures of one receiver. */
export interface Reporter<Info> {
  readonly message: MessageName;
  refused(refusal: CallbackRefusal): void;
  /** `warning` is the last part of the warning's code. */
  failed(error: unknown, info: Info, warning?: string): void;
}

/** The listeners among a receiver's options. */
export interface Listeners<Info> {
  readonly onRefused?: ((refusal: CallbackRefusal) => void) | undefined;
  readonly onError?: ((error: unknown, info: Info) => void) | undefined;
}

const CODES: ReadonlyMap<string, string> = new Map([
  ['bad_signature', 'SIGNATURE'],
  ['body_eaten', 'BODY_EATEN'],
]);
/** Limits the warnings of each code, so that varied bad bodies cannot fill the log or silence the other codes. */
const MAX_REASONS = 50;
/** Matches a word or a five-character SQLSTATE. */
const IDENTIFIER = /^(?:[A-Za-z_][A-Za-z0-9_]{0,49}|[0-9A-Z]{5})$/;

/**
 * Creates the reporter that tells the operator what the answer leaves out, through the listeners or through process
 * warnings. It warns once about each reason of refusal, but about every failure, because each may be a lost credit.
 */
export function createReporter<Info>(name: MessageName, { onRefused, onError }: Listeners<Info>): Reporter<Info> {
  const prefix = `KIIP_${name.toUpperCase().replace('-', '_')}`;
  const reasons = new Map<string, Set<string>>();

  const call = (option: string, listener: () => unknown): void => {
    const complain = (error: unknown): void =>
      warn(
        `${prefix}_FAILED`,
        `The receiver's ${option} failed: ${describeKind(error)}. The answer to the sender is unaffected.`,
      );
    try {
      // A listener may be async, although its type does not say so.
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
      const told = reasons.get(code) ?? new Set();
      if (told.has(advice) || told.size >= MAX_REASONS) return;
      reasons.set(code, told.add(advice));
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

/**
 * Describes one of our errors by its message, and any other by class and code only: its message may quote a row, a user
 * or a connection string.
 */
export function describeKind(error: unknown): string {
  if (isKiipError(error)) return `${error.name}, ${error.message.replace(/\.$/, '')}`;
  try {
    if (!(error instanceof Error)) return 'something that is not an Error was thrown';
    const { name, code } = error as Error & { code?: unknown };
    const parts = [name, code].filter((part): part is string => typeof part === 'string' && IDENTIFIER.test(part));
    return parts.length === 0 ? 'Error' : parts.join(' ');
  } catch {
    return 'something that cannot be read was thrown';
  }
}
