/**
 * `promise`, or a rejection with `makeError()` after `limitMs`. The loser's later rejection is handled, so it never becomes an
 * unhandled one.
 */
export function withinTimeLimit<T>(promise: Promise<T>, limitMs: number, makeError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(makeError()), limitMs);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
