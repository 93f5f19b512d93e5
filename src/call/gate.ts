import { pause } from './pause.js';

/** A counting semaphore: callers that find no free place wait in line, first come, first served. */
export class Gate {
  readonly #places: number;
  // A Set keeps insertion order and removes a waiter in constant time.
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#taken >= this.#places) return false;
    this.#taken += 1;
    return true;
  }

  /** Waits for a place. Returns `place` when the caller has it, otherwise what ended the wait. */
  async enter(limitMs: number, signal: AbortSignal | undefined): Promise<'place' | 'elapsed' | 'aborted'> {
    if (this.tryEnter()) return 'place';
    let onPlace = (): void => {};
    const place = new Promise<'place'>((resolve) => (onPlace = () => resolve('place')));
    this.#waiting.add(onPlace);
    const ended = await pause(limitMs, signal, place);
    // A place may be handed over in the same turn in which the wait ends. Pass it on, or it is lost for ever.
    if (ended !== 'place' && !this.#waiting.delete(onPlace)) this.leave();
    return ended;
  }

  /** Hands the place to the next in line. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
