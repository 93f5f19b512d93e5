import {
  KiipAbortError,
  KiipConnectionError,
  KiipHttpError,
  KiipResponseError,
  KiipTimeoutError,
  type KiipError,
} from '../errors/index.js';
import { retryAfterMs } from '../call/backoff.js';
import { sendGuarded } from '../call/guard.js';
import { TransportError, type Transport, type TransportResponse } from '../call/transport.js';
import { MANDATORY } from './headers.js';
import type { Ping } from './impression.js';

/** What Kaminari's test says about a ping. */
export interface PingTestResult {
  /** No mandatory header is missing (PROTOCOL M7). */
  readonly ok: boolean;
  /** What could be better, by header, in Kaminari's own words. */
  readonly advice: Record<string, string>;
}

const FACTS = { operation: 'pingtest', attempts: 1 } as const;

function failure(error: unknown): KiipError {
  if (!(error instanceof TransportError))
    return new KiipConnectionError('The ping test got no answer: the transport failed.', {
      ...FACTS,
      reason: 'transport',
    });
  if (error.kind === 'aborted') return new KiipAbortError('The ping test was aborted.', FACTS);
  if (error.kind === 'timeout')
    return new KiipTimeoutError('The ping test got no answer in time; raise timeoutMs or check the network.', {
      ...FACTS,
      scope: 'attempt',
    });
  if (error.kind === 'too_large')
    return new KiipResponseError('The ping test’s answer is too long to be one of Kaminari’s; check baseUrl.', {
      ...FACTS,
      status: error.status,
      contentType: error.contentType,
    });
  return new KiipConnectionError(`The ping test got no answer (${error.reason}); check baseUrl and the network.`, {
    ...FACTS,
    reason: error.reason,
  });
}

/** `{"errors": {"<header>": "<advice>"}}` (PROTOCOL M7). Nothing to complain about may also be an empty list, or no `errors` at all. */
function readPingTest(body: string, status: number | null, contentType: string | null): PingTestResult {
  const unreadable = (): KiipResponseError =>
    new KiipResponseError('The ping test’s answer is not the documented JSON object; check baseUrl.', {
      ...FACTS,
      status,
      contentType,
    });
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw unreadable();
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw unreadable();
  const errors: unknown = (answer as Record<string, unknown>)['errors'] ?? {};
  if (typeof errors !== 'object' || errors === null || (Array.isArray(errors) && errors.length > 0)) throw unreadable();
  const advice = Object.fromEntries(
    Object.entries(errors).map(([header, text]: [string, unknown]) => [
      header,
      typeof text === 'string' ? text : JSON.stringify(text),
    ]),
  );
  return { ok: !Object.keys(advice).some((header) => MANDATORY.has(header.toLowerCase())), advice };
}

/** One request to the ping test. @throws the errors of a call. */
export async function runPingTest(
  transport: Transport,
  url: string,
  ping: Ping,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  onAnswer: (status: number) => void,
): Promise<PingTestResult> {
  let answer: TransportResponse;
  try {
    answer = await sendGuarded(transport, { url, ...ping, ...options, maxResponseBytes: 65_536 });
  } catch (error) {
    throw failure(error);
  }
  onAnswer(answer.status);
  if (answer.status >= 300 && answer.status < 400) {
    const message =
      'The ping test answered with a redirect, which a POST does not follow; set baseUrl to where it really is.';
    throw new KiipConnectionError(message, { ...FACTS, reason: 'redirect' });
  }
  if (answer.status < 200 || answer.status >= 300)
    throw new KiipHttpError(`The ping test answered ${answer.status}.`, {
      ...FACTS,
      status: answer.status,
      retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()),
    });
  const contentType = answer.headers['content-type'];
  return readPingTest(answer.body, answer.status, typeof contentType === 'string' ? contentType : null);
}
