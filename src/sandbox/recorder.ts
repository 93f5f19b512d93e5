import { Newest } from './newest.js';
import type { Delivery, RecordedRequest, SandboxEvent } from './types.js';

/** Bodies and answers beyond this many characters in total are dropped with their records, oldest first. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** Remembers what happened, within bounds, and tells whoever listens. */
export class Recorder {
  readonly requests: Newest<RecordedRequest>;
  readonly deliveries: Newest<Delivery>;
  readonly #listeners = new Set<(event: SandboxEvent) => void>();
  readonly #sizes: Newest<number>;
  #characters = 0;
  #lastId = 0;
  #warned = false;

  constructor(keep: number) {
    this.requests = new Newest(keep);
    this.deliveries = new Newest(keep);
    this.#sizes = new Newest(keep, (size) => (this.#characters -= size));
  }

  /** `characters`: how much text the record holds on to. */
  request(entry: Omit<RecordedRequest, 'id' | 'at'>, characters: number): void {
    this.#lastId += 1;
    const request: RecordedRequest = { id: this.#lastId, at: new Date(), ...entry };
    this.requests.add(request);
    this.#characters += characters;
    this.#sizes.add(characters);
    while (this.#characters > MAX_CHARACTERS && this.requests.size > 1) {
      this.requests.dropOldest();
      this.#sizes.dropOldest();
    }
    if (this.#listeners.size > 0) this.tell({ type: 'request', request });
  }

  delivery(delivery: Delivery): void {
    this.deliveries.add(delivery);
    this.tell({ type: 'delivery', delivery });
  }

  tell(event: SandboxEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        if (!this.#warned)
          process.emitWarning(`A listener of the sandbox threw ${error instanceof Error ? error.name : typeof error}.`);
        this.#warned = true;
      }
    }
  }

  subscribe(listener: (event: SandboxEvent) => void): () => void {
    // A fresh function, so that one listener can be subscribed twice and each subscription ended on its own.
    const own = (event: SandboxEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  close(): void {
    this.#listeners.clear();
  }
}
