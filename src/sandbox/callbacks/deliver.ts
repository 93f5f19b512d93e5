import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery } from '../records.js';
import { post, type PostResult } from './post.js';

/** Pauses between the attempts of one delivery, in milliseconds. They are short, because somebody is waiting. */
const PAUSES_MS = [100, 300, 900];
const LONGEST_PAUSE_MS = 2_000;
/** Milliseconds for one attempt. Longer than a receiver's own time limit, so that its answer arrives. */
const ATTEMPT_TIMEOUT_MS = 30_000;

/** The message, the same in every attempt. */
export interface Message {
  readonly contentType: string;
  readonly body: string;
}

export type Outcome = Pick<Delivery, 'delivered' | 'status' | 'attempts' | 'answer'>;

const isWorthRepeating = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/**
 * POSTs a message until it gets a final answer or the attempts are used up. 408, 429 and 5xx are not final. Never
 * rejects.
 */
export async function deliver(url: URL, message: Message, signal: AbortSignal): Promise<Outcome> {
  let outcome: Outcome = { delivered: false, status: null, attempts: 0, answer: 'aborted' };
  for (const ms of [...PAUSES_MS, null]) {
    if (signal.aborted) return outcome;
    const result = await tryOnce(url, message, signal);
    const attempts = outcome.attempts + 1;
    outcome =
      result.kind === 'failed'
        ? { delivered: false, status: null, attempts, answer: result.code }
        : {
            delivered: result.status >= 200 && result.status < 300,
            status: result.status,
            attempts,
            answer: result.text,
          };
    if (ms === null || (outcome.status !== null && !isWorthRepeating(outcome.status))) return outcome;
    const askedMs = result.kind === 'failed' ? NaN : Number(result.retryAfter) * 1000;
    const waitMs = Number.isFinite(askedMs) ? Math.min(Math.max(askedMs, ms), LONGEST_PAUSE_MS) : ms;
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
  return outcome;
}

/** Reports a failure by its code only, because socket errors hold addresses. */
async function tryOnce(
  url: URL,
  message: Message,
  signal: AbortSignal,
): Promise<(PostResult & { readonly kind: 'answered' }) | { readonly kind: 'failed'; readonly code: string }> {
  try {
    return { kind: 'answered', ...(await post(url, { ...message, timeoutMs: ATTEMPT_TIMEOUT_MS, signal })) };
  } catch (error) {
    const { code } = error as { code?: unknown };
    return { kind: 'failed', code: typeof code === 'string' ? code : 'no answer' };
  }
}
