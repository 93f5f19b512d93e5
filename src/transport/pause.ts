/**
 * Waits `ms` milliseconds, or until the signal aborts, or until `other` resolves. Leaves neither timer nor listener behind.
 * Returns what ended the wait.
 */
export function pause<Other = never>(
  ms: number,
  signal: AbortSignal | undefined,
  other?: Promise<Other>,
): Promise<'elapsed' | 'aborted' | Other> {
  return new Promise((resolve) => {
    const end = (how: 'elapsed' | 'aborted' | Other): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(how);
    };
    const onAbort = (): void => end('aborted');
    const timer = setTimeout(() => end('elapsed'), ms);
    if (signal?.aborted) return end('aborted');
    signal?.addEventListener('abort', onAbort);
    void other?.then(end);
  });
}
