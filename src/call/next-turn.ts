/**
 * Resolves with `value` in a later turn of the event loop. Falls back to a timer where `setImmediate` is missing, or
 * throws as in Next.js Edge.
 */
export function nextTurn<Value>(value: Value): Promise<Value> {
  return new Promise((resolve) => {
    try {
      setImmediate(resolve, value);
    } catch {
      setTimeout(resolve, 0, value);
    }
  });
}
