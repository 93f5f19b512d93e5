import type { ComplianceRecord } from '../records.js';

/** A player's consent as it arrived, for one user on one device. */
export interface ConsentNote extends ComplianceRecord {
  readonly userId: string;
  readonly deviceId: string;
}

/** The newest consent of each pair of user and device (PROTOCOL K14), of the newest `keep` pairs. */
export class Compliance {
  readonly #keep: number;
  readonly #notes = new Map<string, ConsentNote>();

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(note: ConsentNote): void {
    const key = JSON.stringify([note.userId, note.deviceId]);
    this.#notes.delete(key);
    this.#notes.set(key, note);
    const [oldest] = this.#notes.keys();
    if (this.#notes.size > this.#keep && oldest !== undefined) this.#notes.delete(oldest);
  }

  find(userId: string, deviceId: string): ComplianceRecord | null {
    const note = this.#notes.get(JSON.stringify([userId, deviceId]));
    return note === undefined ? null : { optedOut: note.optedOut, state: note.state, at: note.at };
  }

  /** All notes, oldest first. */
  toArray(): ConsentNote[] {
    return [...this.#notes.values()];
  }

  clear(): void {
    this.#notes.clear();
  }
}
