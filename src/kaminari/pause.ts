/**
 * The pause before the next request: full jitter over a limit that doubles (PROTOCOL M2), so that pings which failed together do not come
 * back together.
 *
 * @param attempts - requests made so far, at least 1.
 */
export function pauseMs(attempts: number, limits: { readonly baseDelayMs: number; readonly maxDelayMs: number }): number {
  return Math.random() * Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** Math.min(attempts - 1, 30));
}

/**
 * Milliseconds that a `Retry-After` header (seconds or a date) asks for; `null` when there is none that makes sense. "Now" is none either: a
 * server that always says so would be asked without a pause.
 */
export function retryAfterMs(value: string | readonly string[] | undefined, now: number): number | null {
  const text = (typeof value === 'string' ? value : value?.[0])?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : /[a-z]/i.test(text) ? Date.parse(text) - now : Number.NaN;
  return ms > 0 ? ms : null;
}
