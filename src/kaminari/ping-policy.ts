import { backoffMs, retryAfterMs, type BackoffLimits } from '../call/backoff.js';
import type { Summary } from '../call/events.js';
import { findHeader } from '../call/failure.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import type { PingResult, RetryCode } from './types.js';

/** Far more than the answers of Kaminari have; what is longer is not read. */
export const MAX_RESPONSE_BYTES = 65_536;

const endWith = (result: PingResult): Ending<PingResult> => ({ kind: 'done', result });

/** Only 204 says "not yet"; what cannot change by repeating (other 4xx, a redirect, which a POST does not follow) ends the ping. */
function findRetryCode({ kind, status }: Judgeable): RetryCode | null {
  if (status === null) return kind === 'timeout' ? 'timeout' : 'connection';
  if (status === 204) return 'not_yet';
  return status === 429 || status >= 500 ? 'http_status' : null;
}

/** What the server asked for in milliseconds. "Now" counts as nothing: a server that always says so would be asked without a pause. */
function findAskedPause(reading: Judgeable): number | null {
  if (reading.kind === 'status') return reading.retryAfterMs || null;
  if (reading.kind !== 'answer') return null;
  return retryAfterMs(findHeader(reading.response, 'retry-after'), Date.now()) || null;
}

/**
 * What an attempt means for a ping (PROTOCOL M2). The status says it all: that the body of the answer broke or was too long does not
 * matter. What the server asked for counts as it is, without jitter; past the window there is nothing left to wait for.
 */
export function judgePing(
  reading: Judgeable,
  { attempts, leftMs }: Standing,
  limits: BackoffLimits,
): Verdict<PingResult> {
  const { status } = reading;
  const code = findRetryCode(reading);
  if (code === null) {
    if (status !== null && (status < 200 || status >= 300))
      return endWith({ status: 'rejected', httpStatus: status, attempts });
    return endWith({ status: 'delivered', attempts });
  }
  const askedMs = findAskedPause(reading);
  if (leftMs < 1 || (askedMs !== null && askedMs >= leftMs)) return endWith({ status: 'expired', attempts });
  const delayMs = askedMs ?? Math.min(leftMs, backoffMs(attempts, limits, Math.random()));
  return { kind: 'again', delayMs, mayHurry: askedMs === null, reason: { code, status } };
}

/** What `onSettled` is told of a ping. */
export function summarizePing(result: PingResult): Summary {
  return result.status === 'delivered' ? { outcome: 'accepted' } : { outcome: 'error', code: result.status };
}

/** The rules of the pings of one client. */
export class PingPolicy implements Policy<PingResult> {
  readonly operation = 'ping';
  readonly #limits: BackoffLimits;
  readonly note: { readonly host: string };
  /** Pings that `close()` gave up. */
  abandoned = 0;

  constructor(limits: BackoffLimits, host: string) {
    this.#limits = limits;
    this.note = { host };
  }

  judge(reading: Judgeable, standing: Standing): Verdict<PingResult> {
    return judgePing(reading, standing, this.#limits);
  }

  stop(why: Stop, attempts: number): Ending<PingResult> {
    if (why === 'abandoned') this.abandoned += 1;
    if (why === 'overloaded') return endWith({ status: 'dropped', attempts });
    return endWith({ status: why === 'late' ? 'expired' : 'aborted', attempts });
  }

  summarize(result: PingResult): Summary {
    return { ...summarizePing(result), result };
  }
}
