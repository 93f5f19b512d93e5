import { pause } from './pause.js';
import { isOverdue, OVERDUE_MS, Underway, type Timed } from './underway.js';

/** A counting semaphore: callers that find no free place wait in line, first come, first served. */
export class Gate {
  readonly #places: number;
  readonly #holders = new Underway<Timed>();
  // A Map keeps insertion order and removes a waiter in constant time.
  readonly #waiting = new Map<Timed, () => void>();

  constructor(places: number) {
    this.#places = places;
  }

  /** Takes a place if one is free. Returns whether the caller has a place now. */
  tryEnter(caller: Timed): boolean {
    if (this.#holders.size >= this.#places) return this.#holders.has(caller);
    this.#holders.add(caller);
    return true;
  }

  /** Waits for a place. Returns `place` when the caller has it, otherwise what ended the wait. */
  async enter(
    caller: Timed,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<'place' | 'elapsed' | 'aborted'> {
    if (this.tryEnter(caller)) return 'place';
    let onPlace = (): void => {};
    const place = new Promise<'place'>((resolve) => (onPlace = () => resolve('place')));
    this.#waiting.set(caller, onPlace);
    const endsAt = performance.now() + limitMs;
    let ended: 'place' | 'elapsed' | 'aborted';
    do {
      // Each waiter drops overdue holders itself, because no other call may be left to do it.
      this.#dropOverdue();
      ended = await pause(Math.min(endsAt - performance.now(), OVERDUE_MS), signal, place);
    } while (ended === 'elapsed' && performance.now() < endsAt);
    // A place may be handed over in the same turn in which the wait ends. Pass it on, or it is lost for good.
    if (ended !== 'place' && !this.#waiting.delete(caller)) this.leave(caller);
    return ended;
  }

  /** Hands the caller's place, if it has one, to the next in line. */
  leave(caller: Timed): void {
    if (this.#holders.delete(caller)) this.#fill();
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
