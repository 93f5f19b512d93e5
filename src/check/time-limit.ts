/**
 * Settles as `promise` does, or rejects with `makeError()` after `limitMs` milliseconds. A later rejection of `promise`
 * counts as handled.
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
