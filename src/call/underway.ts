/** How long after its deadline a call may still be at work, in milliseconds. In a busy process timers fire late. */
export const OVERDUE_MS = 1_000;

/** Something that ends by itself before a deadline, on the clock of `performance.now()`. */
export interface Timed {
  readonly deadlineAt: number;
}

/** Whether a call is so late that it cannot be at work any more. */
export const isOverdue = ({ deadlineAt }: Timed): boolean => performance.now() > deadlineAt + OVERDUE_MS;

/**
 * The calls at work. A worker's runtime stops the code of a cancelled request at once, `finally` blocks included. A
 * call of such a request never removes itself, so {@link dropOverdue} removes it after its deadline.
 */
export class Underway<Call extends Timed> {
  readonly #calls = new Set<Call>();
  #lookedAt = -Infinity;

  get size(): number {
    return this.#calls.size;
  }

  add(call: Call): void {
    this.#calls.add(call);
  }

  has(call: Call): boolean {
    return this.#calls.has(call);
  }

  delete(call: Call): boolean {
    return this.#calls.delete(call);
  }

  [Symbol.iterator](): Iterator<Call> {
    return this.#calls.values();
  }

  /**
   * Removes the overdue calls and returns them. Because it visits every call, it does so at most twice in `OVERDUE_MS`,
   * however often you ask.
   */
  dropOverdue(): readonly Call[] {
    const now = performance.now();
    if (now - this.#lookedAt < OVERDUE_MS / 2) return [];
    this.#lookedAt = now;
    const overdue = [...this.#calls].filter(isOverdue);
    for (const call of overdue) this.#calls.delete(call);
    return overdue;
  }
}
