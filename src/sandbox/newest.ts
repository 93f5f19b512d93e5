/** The newest `limit` items; adding one more drops the oldest. A long run therefore keeps a constant amount of memory. */
export class Newest<T> {
  readonly #limit: number;
  readonly #onDrop: ((item: T) => void) | undefined;
  #items: (T | undefined)[] = [];
  #first = 0;
  #snapshot: readonly T[] | null = null;

  constructor(limit: number, onDrop?: (item: T) => void) {
    this.#limit = limit;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  add(item: T): void {
    this.#snapshot = null;
    this.#items.push(item);
    if (this.size > this.#limit) this.dropOldest();
  }

  dropOldest(): void {
    if (this.size === 0) return;
    const oldest = this.#items[this.#first] as T;
    this.#items[this.#first] = undefined;
    this.#first += 1;
    this.#snapshot = null;
    // Compact only now and then, so that an addition costs the same however many items are kept.
    if (this.#first > this.#limit) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    this.#onDrop?.(oldest);
  }

  /** Drops everything at once, without calling `onDrop`. */
  clear(): void {
    this.#items = [];
    this.#first = 0;
    this.#snapshot = null;
  }

  /** A snapshot, oldest first; the same array until something changes. */
  toArray(): readonly T[] {
    this.#snapshot ??= Object.freeze(this.#items.slice(this.#first) as T[]);
    return this.#snapshot;
  }
}
