import { pause } from './pause.js';
import { isOverdue, OVERDUE_MS, Underway, type Timed } from './underway.js';

/** A counting semaphore: calls that find no free place wait in line, first come, first served. */
export class Gate {
  readonly #places: number;
  readonly #holders = new Underway<Timed>();
  // A Map keeps insertion order and removes a waiter in constant time.
  readonly #waiting = new Map<Timed, () => void>();

  constructor(places: number) {
    this.#places = places;
  }

  /** Takes a place if one is free. Returns whether the call has a place now. */
  tryEnter(call: Timed): boolean {
    if (this.#holders.size >= this.#places) return this.#holders.has(call);
    this.#holders.add(call);
    return true;
  }

  /** Waits for a place. Returns `place` when the call has it, otherwise what ended the wait. */
  async enter(call: Timed, limitMs: number, signal: AbortSignal | undefined): Promise<'place' | 'elapsed' | 'aborted'> {
    if (this.tryEnter(call)) return 'place';
    let onPlace = (): void => {};
    const place = new Promise<'place'>((resolve) => (onPlace = () => resolve('place')));
    this.#waiting.set(call, onPlace);
    // Each waiter looks for overdue holders itself: a worker's runtime may stop the timers of any other.
    const look = setInterval(() => this.#dropOverdue(), OVERDUE_MS);
    this.#dropOverdue();
    const ended = await pause(limitMs, signal, place);
    clearInterval(look);
    // A place may be handed over in the same turn in which the wait ends. Pass it on, or it is lost for good.
    if (ended !== 'place' && !this.#waiting.delete(call)) this.leave(call);
    return ended;
  }

  /** Hands the call's place, if it has one, to the next in line. */
  leave(call: Timed): void {
    if (this.#holders.delete(call)) this.#fill();
  }

  #dropOverdue(): void {
    if (this.#holders.dropOverdue().length > 0) this.#fill();
  }

  #fill(): void {
    for (const [waiter, onPlace] of this.#waiting) {
      if (this.#holders.size >= this.#places) return;
      this.#waiting.delete(waiter);
      if (isOverdue(waiter)) continue;
      this.#holders.add(waiter);
      onPlace();
    }
  }
}
