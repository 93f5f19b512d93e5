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

/** Two signals as one, which must be released in the end. */
export class JoinedSignal implements AbortListener {
  readonly #first: AbortSignal;
  readonly #second: AbortSignal;
  readonly #controller = new AbortController();

  constructor(first: AbortSignal, second: AbortSignal) {
    this.#first = first;
    this.#second = second;
    if (first.aborted || second.aborted) this.#controller.abort();
    watch(first, this);
    watch(second, this);
  }

  /** Fires when either does. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  aborted(): void {
    this.#controller.abort();
  }

  release(): void {
    unwatch(this.#first, this);
    unwatch(this.#second, this);
  }
}
