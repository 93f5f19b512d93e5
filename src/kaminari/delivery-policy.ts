import { backoffMs, retryAfterMs, type BackoffLimits } from '../call/backoff.js';
import type { Summary } from '../call/events.js';
import { findHeader } from '../call/failure.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import type { PingResult } from './ping-result.js';
import type { RetryCode } from './hooks.js';

/** The most bytes of an answer to read. Kaminari's answers are far shorter. */
export const MAX_RESPONSE_BYTES = 65_536;

/** The operations that run in the background and repeat until accepted. */
export type DeliveryOperation = 'ping' | 'conversion';

const endWith = (result: PingResult): Ending<PingResult> => ({ kind: 'done', result });

/**
 * Finds the reason to repeat; `null` ends the delivery. A 204 means "not yet" to a ping, but a conversion accepts every 2xx (PROTOCOL M10).
 * Redirects (never followed) and other 4xx end it, because repeating would not change them.
 */
function findRetryCode(operation: DeliveryOperation, { kind, status }: Judgeable): RetryCode | null {
  if (status === null) return kind === 'timeout' ? 'timeout' : 'connection';
  if (status === 204 && operation === 'ping') return 'not_yet';
  return status === 429 || status >= 500 ? 'http_status' : null;
}

/**
 * Reads the pause that the server asked for, in milliseconds; `null` for none. A pause of 0 counts as none, because a
 * server that always asks for 0 would be asked again without a pause.
 */
function findAskedPause(reading: Judgeable): number | null {
  if (reading.kind === 'status') return reading.retryAfterMs || null;
  if (reading.kind !== 'answer') return null;
  return retryAfterMs(findHeader(reading.response, 'retry-after'), Date.now()) || null;
}

/** The limits of a delivery. */
export interface DeliveryRules {
  readonly operation: DeliveryOperation;
  readonly limits: BackoffLimits;
}

/**
 * Decides whether a ping or a conversion ends or repeats after an attempt (PROTOCOL M2, M10). Only the status matters, even if the body broke or
 * was too long. A pause that the server asked for is kept exactly, without jitter; one that outlasts the window ends the delivery.
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

/** Builds the part of the `onSettled` event that pings and conversions add. */
export function summarizeDelivery(result: PingResult): Summary {
  return result.status === 'delivered' ? { outcome: 'accepted' } : { outcome: 'error', code: result.status };
}

/** The call-loop policy for one client's pings or conversions. */
export class DeliveryPolicy implements Policy<PingResult> {
  readonly operation: DeliveryOperation;
  readonly note: { readonly host: string };
  readonly #rules: DeliveryRules;
  /** Counts the deliveries that `close()` gave up. */
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
