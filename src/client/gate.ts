/** Lets `maxConcurrent` calls through and up to `maxQueued` more wait, first come, first served. */
export class Gate {
  readonly #maxConcurrent: number;
  readonly #maxQueued: number;
  // A Set keeps its order and drops a waiter that gave up in constant time.
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #onIdle: (() => void) | null = null;

  constructor(maxConcurrent: number, maxQueued: number) {
    this.#maxConcurrent = maxConcurrent;
    this.#maxQueued = maxQueued;
  }

  /** Takes a place at once, if there is one. */
  tryEnter(): boolean {
    if (this.#running >= this.#maxConcurrent) return false;
    this.#running += 1;
    return true;
  }

  get full(): boolean {
    return this.#waiting.size >= this.#maxQueued;
  }

  /**
   * Waits for a place; `onPlace` is called when there is one. The returned function gives the wait up, and the place too if it was handed
   * over in the same turn: it would be lost for ever.
   */
  wait(onPlace: () => void): () => void {
    this.#waiting.add(onPlace);
    return () => {
      if (this.#waiting.delete(onPlace)) this.#settle();
      else this.leave();
    };
  }

  /** Hands the place to the next in line. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      this.#settle();
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  /** Resolves when nobody is inside and nobody waits. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#running === 0 && this.#waiting.size === 0) this.#onIdle?.();
  }
}
