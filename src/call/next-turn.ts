/** Resolves with `value` in a later turn of the event loop. Workers have no `setImmediate`, so a timer does it there. */
export function nextTurn<Value>(value: Value): Promise<Value> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve, value);
    else setTimeout(resolve, 0, value);
  });
}
