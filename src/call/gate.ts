import { pause } from './pause.js';

/** Lets a number of holders in at a time; the others wait in line, first come, first served. */
export class Gate {
  readonly #places: number;
  // A Set keeps its order and drops a waiter that gave up in constant time.
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Takes a place at once, if one is free. */
  tryEnter(): boolean {
    if (this.#taken >= this.#places) return false;
    this.#taken += 1;
    return true;
  }

  /** Waits for a place; says `place` when it is taken, or what ended the wait. */
  async enter(limitMs: number, signal: AbortSignal | undefined): Promise<'place' | 'elapsed' | 'aborted'> {
    if (this.tryEnter()) return 'place';
    let onPlace = (): void => {};
    const place = new Promise<'place'>((resolve) => (onPlace = () => resolve('place')));
    this.#waiting.add(onPlace);
    const ended = await pause(limitMs, signal, place);
    // A place may be handed over in the same turn in which the wait ends: it must be passed on, or it would be lost for ever.
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
