/**
 * `promise`, or a rejection with `makeError()` after `limitMs`. The loser's later rejection is handled, so it never becomes an
 * unhandled one.
 */
export async function withinTimeLimit<T>(promise: Promise<T>, limitMs: number, makeError: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(makeError()), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
