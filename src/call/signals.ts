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
 * Adds a listener to a signal. Calls that share a signal (a server's shutdown) share one event listener too, because
 * Node warns of a leak from the eleventh listener on.
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

/** An abort signal that also aborts when another one does. Call `release` when done. */
export class LinkedSignal implements AbortListener {
  readonly #other: AbortSignal | undefined;
  readonly #controller = new AbortController();

  constructor(other: AbortSignal | undefined) {
    this.#other = other;
    if (other?.aborted === true) this.#controller.abort();
    if (other !== undefined) watch(other, this);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts {@link signal}. The other signal's abort calls it too. */
  aborted(): void {
    this.#controller.abort();
  }

  release(): void {
    if (this.#other !== undefined) unwatch(this.#other, this);
  }
}
