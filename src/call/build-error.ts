import {
  KiipAbortError,
  KiipConnectionError,
  KiipHttpError,
  KiipResponseError,
  KiipTimeoutError,
  type CallFacts,
  type KiipCallError,
} from '../errors/index.js';
import type { Failure, RefusedStatus, TimeoutFailure, UnreadableAnswer } from './failure.js';

/** The answering side, as error messages name it. */
export interface Party {
  /** The name inside a sentence, such as `the platform`. */
  readonly name: string;
  /** What to do about a status, as a sentence. */
  advise(status: number): string;
}

const capitalize = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Builds the error for a failed attempt. */
export function buildCallError(failure: Failure, facts: CallFacts, party: Party): KiipCallError {
  switch (failure.kind) {
    case 'status':
      return buildStatusError(failure, facts, party);
    case 'timeout':
      return buildTimeoutError(failure, facts, party);
    case 'unreadable':
      return buildUnreadableError(failure, facts);
    case 'connection': {
      const { reason, maybeSent } = failure;
      const message = `The connection to ${party.name} failed (${reason}). ${describeSent(maybeSent, party)}`;
      return new KiipConnectionError(message, { ...facts, reason });
    }
  }
}

/** Builds the error for a call that its signal ended. */
export function buildAbortError(facts: CallFacts): KiipAbortError {
  return new KiipAbortError('The call was aborted by its signal.', facts);
}

/** Builds the error for a call that ran out of time in the queue or between two attempts. */
export function buildDeadlineError(facts: CallFacts): KiipTimeoutError {
  const what =
    facts.attempts === 0
      ? 'The call waited for its turn until deadlineMs; nothing was sent.'
      : 'No time of deadlineMs was left for another attempt.';
  return new KiipTimeoutError(what, { ...facts, scope: 'deadline' });
}

function describeSent(maybeSent: boolean, { name }: Party): string {
  return maybeSent
    ? `The request may have reached ${name}.`
    : `Nothing reached ${name}: check baseUrl, and any proxy or firewall on the way.`;
}

function buildStatusError(failure: RefusedStatus, facts: CallFacts, party: Party): KiipCallError {
  const { status, redirectHost, retryAfterMs, words: reason = null } = failure;
  const answered = `${capitalize(party.name)} answered ${status}`;
  const said = reason === null ? '' : ` and said: ${reason}`;
  if (redirectHost === null)
    return new KiipHttpError(`${answered}${said}. ${party.advise(status)}`, { ...facts, status, retryAfterMs, reason });
  return new KiipConnectionError(
    `${answered}, a redirect to ${redirectHost}. A POST follows no redirect, because that would hand personal data to another address: set baseUrl and paths to the final address if you trust it.`,
    { ...facts, reason: 'redirect' },
  );
}

function buildTimeoutError(
  { scope, timeoutMs, maybeSent }: TimeoutFailure,
  facts: CallFacts,
  party: Party,
): KiipTimeoutError {
  const limit =
    scope === 'attempt' ? `timeoutMs (${Math.round(timeoutMs)} ms) for one attempt` : 'deadlineMs of the call';
  return new KiipTimeoutError(`No answer within the ${limit}. ${describeSent(maybeSent, party)}`, { ...facts, scope });
}

const UNREADABLE: Readonly<Record<string, string>> = {
  too_large:
    'The answer is larger than the limit (maxResponseBytes), so it was not read to its end. A real answer has a few KB: check what answered before you raise the limit.',
  interceptor_result:
    'A response interceptor of your axios instance returned something other than the response, such as response.data: return the response itself.',
};

function buildUnreadableError({ reason, status, contentType }: UnreadableAnswer, facts: CallFacts): KiipResponseError {
  const message =
    UNREADABLE[reason] ?? `The body of the answer cannot be decoded (${reason}): see what stands in between.`;
  return new KiipResponseError(message, { ...facts, status, contentType });
}
