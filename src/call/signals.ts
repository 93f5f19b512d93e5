/** A listener for a signal's abort. */
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
 * Adds a listener to a signal. Calls that share a signal (a server's shutdown) share one event listener too, because Node warns of a leak
 * from the eleventh listener on.
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

/** Removes a listener; with the last one, also the event listener on the signal. */
export function unwatch(signal: AbortSignal, listener: AbortListener): void {
  const waiting = listeners.get(signal);
  if (waiting?.delete(listener) !== true || waiting.size > 0) return;
  listeners.delete(signal);
  signal.removeEventListener('abort', onAbort);
}

/** Joins two signals into one. Release it when done. */
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

  /** Aborts when either signal does. */
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
