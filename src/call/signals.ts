/** Who wants to know when a signal fires. */
export interface AbortListener {
  aborted(): void;
}

const listeners = new WeakMap<AbortSignal, Set<AbortListener>>();

function onAbort(this: AbortSignal): void {
  const waiting = listeners.get(this);
  if (waiting === undefined) return;
  listeners.delete(this);
  this.removeEventListener('abort', onAbort);
  for (const listener of waiting) listener.aborted();
}

/**
 * Many calls share one signal (a server's shutdown): they share one event listener too. Node warns of a leak from the eleventh
 * listener on a signal, and an entry in a set costs less than a listener.
 */
export function watch(signal: AbortSignal, listener: AbortListener): void {
  const waiting = listeners.get(signal);
  if (waiting !== undefined) {
    waiting.add(listener);
    return;
  }
  listeners.set(signal, new Set([listener]));
  signal.addEventListener('abort', onAbort);
}

/** Takes the event listener off the signal with the last one who waits. */
export function unwatch(signal: AbortSignal, listener: AbortListener): void {
  const waiting = listeners.get(signal);
  if (waiting?.delete(listener) !== true || waiting.size > 0) return;
  listeners.delete(signal);
  signal.removeEventListener('abort', onAbort);
}

/** Two signals as one. */
export interface JoinedSignal {
  readonly signal: AbortSignal | undefined;
  /** Takes the listeners off both signals. */
  release(): void;
}

const release = (): void => {};

/** A signal that fires when either does. Where one of the two is missing it is the other, and costs nothing. */
export function joinSignals(first: AbortSignal | undefined, second: AbortSignal | undefined): JoinedSignal {
  if (first === undefined || second === undefined) return { signal: first ?? second, release };
  const controller = new AbortController();
  const listener = { aborted: (): void => controller.abort() };
  if (first.aborted || second.aborted) controller.abort();
  watch(first, listener);
  watch(second, listener);
  return {
    signal: controller.signal,
    release: () => {
      unwatch(first, listener);
      unwatch(second, listener);
    },
  };
}
