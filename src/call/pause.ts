import { unwatch, watch } from './signals.js';

/**
 * Waits `ms` milliseconds, or until the signal aborts, or until `other` settles. Leaves no timer or listener behind,
 * and shares one listener with everything that waits on the same signal. Returns what ended the wait; rejects when
 * `other` does.
 */
export function pause<Other = never>(
  ms: number,
  signal: AbortSignal | undefined,
  other?: Promise<Other>,
): Promise<'elapsed' | 'aborted' | Other> {
  return new Promise((resolve, reject) => {
    const release = (): void => {
      clearTimeout(timer);
      if (signal !== undefined) unwatch(signal, listener);
    };
    const end = (how: 'elapsed' | 'aborted' | Other): void => {
      release();
      resolve(how);
    };
    const listener = { aborted: (): void => end('aborted') };
    // Round up: Node truncates fractions, and the wait would end early.
    const timer = setTimeout(() => end('elapsed'), Math.ceil(ms));
    // Do this first, so that a rejection is handled even when the signal has already fired.
    other?.then(end, (error: unknown) => {
      release();
      reject(error);
    });
    if (signal?.aborted) return end('aborted');
    if (signal !== undefined) watch(signal, listener);
  });
}
