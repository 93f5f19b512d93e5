/** Resolves with `value` in a later turn of the event loop. A timer does it where `setImmediate` is missing, or throws as Next.js Edge's does. */
export function nextTurn<Value>(value: Value): Promise<Value> {
  return new Promise((resolve) => {
    try {
      setImmediate(resolve, value);
    } catch {
      setTimeout(resolve, 0, value);
    }
  });
}
