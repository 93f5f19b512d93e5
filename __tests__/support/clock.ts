const STEP_MS = 10;
const LONGEST_STEP_MS = 50;

/**
 * Starts a stopwatch that stands still while this process gets no processor time, and returns what reads and ends it.
 * An upper bound on it, in milliseconds, holds on a machine that stops for a second, and still finds a wait too long.
 */
export function startClock(): () => number {
  let elapsedMs = 0;
  let last = performance.now();
  const step = (): void => {
    const now = performance.now();
    elapsedMs += Math.min(now - last, LONGEST_STEP_MS);
    last = now;
  };
  const timer = setInterval(step, STEP_MS).unref();
  return () => {
    clearInterval(timer);
    step();
    return elapsedMs;
  };
}
