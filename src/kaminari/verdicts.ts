import { sha256Hex } from '#digest';
import type { Verdict, VerdictStore } from '../stores/verdict-store.js';
import { checkImpressionId } from './impression.js';
import type { PingBack } from './ping-back.js';

/** Reads and writes the verdicts of one integration in a store (PROTOCOL M9). */
export class Verdicts {
  readonly #store: VerdictStore;
  readonly #kmnrKey: string;

  constructor(store: VerdictStore, kmnrKey: string) {
    this.#store = store;
    this.#kmnrKey = kmnrKey;
  }

  /** Ignores the ping-backs of other integrations. */
  async note({ kmnrKey, kmnrId, verdict }: Pick<PingBack, 'kmnrKey' | 'kmnrId' | 'verdict'>): Promise<void> {
    if (kmnrKey !== this.#kmnrKey) return;
    await this.#store.note({ key: this.#digest(kmnrId), verdict, at: new Date() });
  }

  /** @throws KiipValidationError when `kmnrId` cannot be an impression's id, and whatever the store rejects with. */
  async find(kmnrId: string): Promise<Verdict | null> {
    checkImpressionId(kmnrId);
    return this.#store.find(this.#digest(kmnrId));
  }

  #digest(kmnrId: string): string {
    return sha256Hex(JSON.stringify(['kaminari verdict', this.#kmnrKey, kmnrId]));
  }
}
