import { backoffMs, retryAfterMs, type BackoffLimits } from '../call/backoff.js';
import { sendGuarded } from '../call/guard.js';
import { TransportError, type Transport, type TransportResponse } from '../call/transport.js';
import type { Ping } from './impression.js';
import type { RetryCode } from './types.js';

/** What one request came to (PROTOCOL M2). */
export type AttemptOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'rejected'; readonly status: number }
  | Again;

/** It is to be sent again. */
export interface Again {
  readonly kind: 'again';
  readonly status: number | null;
  readonly code: RetryCode;
  readonly retryAfterMs: number | null;
  /** On another connection. */
  readonly fresh: boolean;
}

/** Far more than the answers of Kaminari have; what is longer is not read. */
const MAX_RESPONSE_BYTES = 65_536;

/**
 * 200 is accepted and so is any other 2xx, since the server took it; only 204 is "not yet". What cannot change by repeating (other 4xx,
 * a redirect, which a POST does not follow) ends the ping.
 */
function outcomeOf(status: number, retryAfter: TransportResponse['headers'][string]): AttemptOutcome {
  if (status === 204 || status === 429 || status >= 500) {
    const code = status === 204 ? 'not_yet' : 'http_status';
    // "Now" counts as none: a server that always says so would be asked without a pause.
    return { kind: 'again', status, code, retryAfterMs: retryAfterMs(retryAfter, Date.now()) || null, fresh: false };
  }
  return { kind: status >= 200 && status < 300 ? 'delivered' : 'rejected', status };
}

/** One request of a ping. Never rejects: a transport that fails in a way of its own counts as a lost connection. */
export async function attemptPing(
  transport: Transport,
  url: string,
  ping: Ping,
  options: { readonly timeoutMs: number; readonly freshConnection: boolean; readonly signal?: AbortSignal },
): Promise<AttemptOutcome> {
  try {
    const answer = await sendGuarded(transport, { url, ...ping, ...options, maxResponseBytes: MAX_RESPONSE_BYTES });
    return outcomeOf(answer.status, answer.headers['retry-after']);
  } catch (error) {
    // The status says it all: that the body broke or was too long does not matter.
    if (error instanceof TransportError && error.status !== null) return outcomeOf(error.status, undefined);
    const timedOut = error instanceof TransportError && error.kind === 'timeout';
    const fresh = !(error instanceof TransportError) || error.maybeSent;
    return { kind: 'again', status: null, code: timedOut ? 'timeout' : 'connection', retryAfterMs: null, fresh };
  }
}

/**
 * Milliseconds until the next request, or `null` when there is none: what the server asked for counts as it is, without jitter, and past the
 * window there is nothing left to wait for (PROTOCOL M2).
 */
export function pauseAfter(
  { retryAfterMs }: Again,
  attempts: number,
  limits: BackoffLimits,
  leftMs: number,
): number | null {
  if (retryAfterMs === null) return backoffMs(attempts, limits, Math.random());
  return retryAfterMs < leftMs ? retryAfterMs : null;
}
