/** Milliseconds. */
export interface BackoffLimits {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * The pause after attempt number `attempt` (from 1) in milliseconds: full jitter over a limit that doubles, so that requests which failed
 * together do not come back together. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, { baseDelayMs, maxDelayMs }: BackoffLimits, random: number): number {
  // The exponent has a limit too: without pauses (a base of 0) 0 × ∞ would be no number.
  return random * Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt - 1, 32));
}

/** What `Retry-After` asks for in milliseconds from `now`: seconds or an HTTP date; `null` for none, or for what is neither. */
export function retryAfterMs(header: string | readonly string[] | null | undefined, now: number): number | null {
  const text = (typeof header === 'string' ? header : (header?.[0] ?? '')).trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  // Date.parse takes almost anything; an HTTP date always names the day of the week. Its oldest form (asctime) names no zone and means GMT.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
