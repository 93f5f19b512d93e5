import {
  KiipAbortError,
  KiipConnectionError,
  KiipHttpError,
  KiipResponseError,
  KiipTimeoutError,
  type CallFacts,
  type KiipCallError,
} from '../errors/index.js';
import { retryAfterMs } from '../call/backoff.js';
import { TransportError, type TransportResponse } from '../call/transport.js';
import type { Failure } from './retry.js';

/** A failed request: the error to throw, and what decides whether it is repeated. `failure` is `null` for what never is. */
export interface Failed {
  readonly error: KiipCallError;
  readonly failure: Failure | null;
  readonly retryAfterMs: number | null;
}

/** A transport of the caller's may leave the headers out. */
const header = (response: { readonly headers?: TransportResponse['headers'] }, name: string): string | null => {
  const value = response.headers?.[name];
  return typeof value === 'string' ? value : (value?.[0] ?? null);
};

export const contentTypeOf = (response: TransportResponse): string | null => header(response, 'content-type');

function advice(status: number): string {
  if (status === 400 || status === 422)
    return 'It refused the payload: see what adviseOn() says of it, and whether the app key and moment id exist.';
  if (status === 401 || status === 403)
    return 'It refused the app: check appKey, and that the app is enabled in the dashboard.';
  if (status === 404) return 'There is nothing at this address: check baseUrl and paths, the trailing slash included.';
  if (status === 429) return 'Too many requests: slow down, or lower maxConcurrent.';
  if (status >= 500) return 'Its side has a problem: try again later.';
  return 'Nothing in the documents explains this status: look at what stands between you and the platform, such as a proxy.';
}

function hostOf(location: string | null, base: string): string {
  try {
    return new URL(location ?? '', base).host;
  } catch {
    return 'an address that cannot be read';
  }
}

/** Whether a transport of the caller's gave what a transport has to. The headers are not looked at: putting them together costs. */
export function assertAnswer(response: Partial<TransportResponse> | null | undefined): void {
  if (!Number.isInteger(response?.status) || response?.body === undefined)
    throw transportFailed('invalid_transport_answer');
}

export const isSuccess = ({ status }: TransportResponse): boolean => status >= 200 && status < 300;

/** The failure in an answer whose status is not 2xx. */
export function failureOf(response: TransportResponse, facts: CallFacts, url: string): Failed {
  const { status } = response;
  const location = header(response, 'location');
  if (status >= 300 && status < 400 && location !== null) {
    const error = new KiipConnectionError(
      `The platform answered ${status}, a redirect to ${hostOf(location, url)}. A POST follows none, it would hand personal data to another address: set baseUrl and paths to the final address if you trust it.`,
      { ...facts, reason: 'redirect' },
    );
    return { error, failure: null, retryAfterMs: null };
  }
  const wait = retryAfterMs(header(response, 'retry-after'), Date.now());
  const error = new KiipHttpError(`The platform answered ${status}. ${advice(status)}`, {
    ...facts,
    status,
    retryAfterMs: wait,
  });
  return { error, failure: { status }, retryAfterMs: wait };
}

const KINDS: ReadonlySet<unknown> = new Set([
  'connection',
  'timeout',
  'aborted',
  'too_large',
] satisfies TransportError['kind'][]);
const WORD = /^[A-Za-z][\w-]{0,60}$/;

const transportFailed = (reason: string): TransportError =>
  new TransportError({ kind: 'connection', reason, maybeSent: true });

/** A `TransportError` of the other module format's copy is none by class; anything else may hold the whole request. */
function asTransportError(thrown: unknown): TransportError {
  const error = (thrown ?? {}) as Partial<TransportError>;
  if (error.name !== 'TransportError' || error.kind === undefined || !KINDS.has(error.kind))
    return transportFailed('transport_failed');
  const reason = typeof error.reason === 'string' && WORD.test(error.reason) ? error.reason : 'unknown';
  const { kind, status = null, contentType = null } = error;
  return new TransportError({ kind, reason, maybeSent: error.maybeSent !== false, status, contentType });
}

/** The failure in what a transport threw. `scope`: whether the attempt's time had been cut short by the call's deadline. */
export function failureFrom(
  thrown: unknown,
  facts: CallFacts,
  scope: 'attempt' | 'deadline',
  timeoutMs: number,
): Failed {
  const { kind, reason, maybeSent, status, contentType } = asTransportError(thrown);
  const failure: Failure = { maybeSent };
  if (kind === 'aborted')
    return {
      error: new KiipAbortError('The call was aborted by its signal.', facts),
      failure: null,
      retryAfterMs: null,
    };
  const sent = maybeSent
    ? 'The request may have reached the platform.'
    : 'Nothing reached the platform: check baseUrl, and what stands between it and this machine.';
  if (kind === 'timeout') {
    const limit =
      scope === 'attempt' ? `timeoutMs (${Math.round(timeoutMs)} ms) for one attempt` : 'deadlineMs of the call';
    return {
      error: new KiipTimeoutError(`No answer within the ${limit}. ${sent}`, { ...facts, scope }),
      failure: scope === 'attempt' ? failure : null,
      retryAfterMs: null,
    };
  }
  if (kind === 'too_large') {
    const error = new KiipResponseError(
      'The answer is larger than maxResponseBytes; reading it was given up. A reward is a few KB: see what answered before you raise the limit.',
      {
        ...facts,
        status,
        contentType,
      },
    );
    return { error, failure: null, retryAfterMs: null };
  }
  return {
    error: new KiipConnectionError(`The connection to the platform failed (${reason}). ${sent}`, { ...facts, reason }),
    failure,
    retryAfterMs: null,
  };
}
