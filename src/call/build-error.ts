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

/** The server that answers, as error messages name it. */
export interface Party {
  /** The name inside a sentence, such as `the platform`. */
  readonly name: string;
  /** Says what to do about a status, in one sentence. */
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

/** Builds the error for a call whose time ran out in line, while its body was made, or between two attempts. */
export function buildDeadlineError(facts: CallFacts): KiipTimeoutError {
  const what =
    facts.attempts === 0
      ? 'deadlineMs passed before the call could be sent, so nothing was sent: raise deadlineMs or maxConcurrent, or make fewer calls at once.'
      : 'deadlineMs passed before another attempt could be made.';
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
    `${answered}, a redirect to ${redirectHost}. Redirects are not followed, because that would hand personal data to another address. If you trust that address, set baseUrl and paths to it.`,
    { ...facts, reason: 'redirect' },
  );
}

function buildTimeoutError(
  { scope, timeoutMs, maybeSent }: TimeoutFailure,
  facts: CallFacts,
  party: Party,
): KiipTimeoutError {
  const limit =
    scope === 'attempt' ? `timeoutMs (${Math.round(timeoutMs)} ms) of one attempt` : 'deadlineMs of the call';
  return new KiipTimeoutError(`No complete answer came within the ${limit}. ${describeSent(maybeSent, party)}`, {
    ...facts,
    scope,
  });
}

const UNREADABLE: Readonly<Record<string, string>> = {
  too_large:
    'The answer is larger than the limit (maxResponseBytes), so it was not read to its end. A real answer has a few KB: check what answered before you raise the limit.',
  interceptor_result:
    'A response interceptor of your axios instance returned something other than the response, such as response.data: return the response itself.',
};

function buildUnreadableError({ reason, status, contentType }: UnreadableAnswer, facts: CallFacts): KiipResponseError {
  const message =
    UNREADABLE[reason] ??
    `The body of the answer cannot be decoded (${reason}): check for a proxy in between that changes it.`;
  return new KiipResponseError(message, { ...facts, status, contentType });
}
