import { unwatch, watch } from './signals.js';

/**
 * Waits `ms` milliseconds, or until the signal aborts, or until `other` resolves. Leaves neither timer nor listener behind, and shares one
 * listener with all who wait on the same signal. Returns what ended the wait.
 */
export function pause<Other = never>(
  ms: number,
  signal: AbortSignal | undefined,
  other?: Promise<Other>,
): Promise<'elapsed' | 'aborted' | Other> {
  return new Promise((resolve) => {
    const end = (how: 'elapsed' | 'aborted' | Other): void => {
      clearTimeout(timer);
      if (signal !== undefined) unwatch(signal, listener);
      resolve(how);
    };
    const listener = { aborted: (): void => end('aborted') };
    const timer = setTimeout(() => end('elapsed'), ms);
    if (signal?.aborted) return end('aborted');
    if (signal !== undefined) watch(signal, listener);
    void other?.then(end);
  });
}
