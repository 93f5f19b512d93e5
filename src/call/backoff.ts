/** The limits of a backoff, in milliseconds. */
export interface BackoffLimits {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Returns the pause after attempt number `attempt` (from 1), in milliseconds. It is random, between 0 and a limit that
 * doubles with each attempt ("full jitter"), so that requests that failed together are not repeated together. `random`
 * is in [0, 1).
 */
export function backoffMs(attempt: number, { baseDelayMs, maxDelayMs }: BackoffLimits, random: number): number {
  // The exponent is capped because 0 × ∞ is NaN when `baseDelayMs` is 0.
  return random * Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt - 1, 32));
}

/**
 * Reads `Retry-After` (seconds or an HTTP date) as milliseconds from `now`; `null` when it is missing or unreadable.
 */
export function retryAfterMs(header: string | readonly string[] | null | undefined, now: number): number | null {
  const text = (typeof header === 'string' ? header : (header?.[0] ?? '')).trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  // Date.parse accepts almost anything, so require the weekday with which every HTTP date begins. The asctime form
  // names no zone and means GMT.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
