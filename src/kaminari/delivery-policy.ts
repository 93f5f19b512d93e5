import { backoffMs, retryAfterMs, type BackoffLimits } from '../call/backoff.js';
import type { Summary } from '../call/events.js';
import { findHeader } from '../call/failure.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import type { PingResult, RetryCode } from './types.js';

/** Far more than the answers of Kaminari have; what is longer is not read. */
export const MAX_RESPONSE_BYTES = 65_536;

/** What is delivered in the background, again and again until it is accepted. */
export type DeliveryOperation = 'ping' | 'conversion';

const endWith = (result: PingResult): Ending<PingResult> => ({ kind: 'done', result });

/**
 * Only a ping's 204 says "not yet"; a conversion takes every 2xx (PROTOCOL M10). What cannot change by repeating (other 4xx, a redirect, which
 * is not followed) ends the delivery.
 */
function findRetryCode(operation: DeliveryOperation, { kind, status }: Judgeable): RetryCode | null {
  if (status === null) return kind === 'timeout' ? 'timeout' : 'connection';
  if (status === 204 && operation === 'ping') return 'not_yet';
  return status === 429 || status >= 500 ? 'http_status' : null;
}

/** What the server asked for in milliseconds. "Now" counts as nothing: a server that always says so would be asked without a pause. */
function findAskedPause(reading: Judgeable): number | null {
  if (reading.kind === 'status') return reading.retryAfterMs || null;
  if (reading.kind !== 'answer') return null;
  return retryAfterMs(findHeader(reading.response, 'retry-after'), Date.now()) || null;
}

/** What a delivery keeps to. */
export interface DeliveryRules {
  readonly operation: DeliveryOperation;
  readonly limits: BackoffLimits;
}

/**
 * What an attempt means for a ping or a conversion (PROTOCOL M2, M10). The status says it all: that the body of the answer broke or was too
 * long does not matter. What the server asked for counts as it is, without jitter; past the window there is nothing left to wait for.
 */
export function judgeDelivery(
  reading: Judgeable,
  { attempts, leftMs }: Standing,
  { operation, limits }: DeliveryRules,
): Verdict<PingResult> {
  const { status } = reading;
  const code = findRetryCode(operation, reading);
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

/** What `onSettled` is told of a ping or a conversion. */
export function summarizeDelivery(result: PingResult): Summary {
  return result.status === 'delivered' ? { outcome: 'accepted' } : { outcome: 'error', code: result.status };
}

/** The rules of the pings, or of the conversions, of one client. */
export class DeliveryPolicy implements Policy<PingResult> {
  readonly operation: DeliveryOperation;
  readonly note: { readonly host: string };
  readonly #rules: DeliveryRules;
  /** What `close()` gave up. */
  abandoned = 0;

  constructor(rules: DeliveryRules, host: string) {
    this.operation = rules.operation;
    this.note = { host };
    this.#rules = rules;
  }

  judge(reading: Judgeable, standing: Standing): Verdict<PingResult> {
    return judgeDelivery(reading, standing, this.#rules);
  }

  stop(why: Stop, attempts: number): Ending<PingResult> {
    if (why === 'abandoned') this.abandoned += 1;
    if (why === 'overloaded') return endWith({ status: 'dropped', attempts });
    return endWith({ status: why === 'late' ? 'expired' : 'aborted', attempts });
  }

  summarize(result: PingResult): Summary {
    return { ...summarizeDelivery(result), result };
  }
}
