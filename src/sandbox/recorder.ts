import { warn } from '../check/warn.js';
import { Newest } from './newest.js';
import type { Delivery, RecordedRequest, SandboxEvent } from './records.js';

/** The most characters of bodies and answers to keep. Above that, the oldest records are dropped. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** A record whose answer may not have ended yet. */
export type Recorded = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] };

/** Records what happens, within bounds, and notifies listeners. */
export class Recorder {
  readonly requests: Newest<RecordedRequest>;
  readonly deliveries: Newest<Delivery>;
  /** Called when the answer to a recorded request has ended, so that its duration is known. */
  onAnswered: (request: RecordedRequest) => void = () => undefined;
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

  /** Records a request. `characters` is how much text the record holds. */
  request(entry: Omit<RecordedRequest, 'id' | 'durationMs'>, characters: number): Recorded {
    this.#lastId += 1;
    const request: Recorded = { id: this.#lastId, ...entry, durationMs: null };
    this.requests.add(request);
    this.#characters += characters;
    this.#sizes.add(characters);
    while (this.#characters > MAX_CHARACTERS && this.requests.size > 1) {
      this.requests.dropOldest();
      this.#sizes.dropOldest();
    }
    this.tell({ type: 'request', request });
    return request;
  }

  answered(request: Recorded, durationMs: number): void {
    request.durationMs = Math.round(durationMs * 10) / 10;
    this.onAnswered(request);
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
          warn(
            'KIIP_SANDBOX_LISTENER',
            `A listener given to sandbox.subscribe() threw ${error instanceof Error ? error.name : typeof error}. The sandbox goes on; fix the listener.`,
          );
        this.#warned = true;
      }
    }
  }

  subscribe(listener: (event: SandboxEvent) => void): () => void {
    // A fresh function per subscription, so that a listener subscribed twice can end each subscription separately.
    const own = (event: SandboxEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Forgets requests and deliveries. Ids keep counting, so that a page does not mistake a new entry for an old one. */
  reset(): void {
    this.requests.clear();
    this.deliveries.clear();
    this.#sizes.clear();
    this.#characters = 0;
  }

  close(): void {
    this.#listeners.clear();
  }
}
