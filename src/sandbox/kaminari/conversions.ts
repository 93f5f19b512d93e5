import { Newest } from '../newest.js';
import type { ConversionRecord } from '../records.js';

/** How many impressions' `cnvId`s to remember; above that, the oldest is forgotten. */
const MAX_IMPRESSIONS = 10_000;

/** The conversions that were reported, and which impression carried which conversion id on its page (PROTOCOL M10). */
export class Conversions {
  readonly #newest: Newest<ConversionRecord>;
  readonly #impressions = new Map<string, string>();

  constructor(keep: number) {
    this.#newest = new Newest(keep);
  }

  /** Notes the ids that the script of an impression's page posted. */
  noteImpression(kmnrKey: string, cnvId: string, kmnrId: string): void {
    this.#impressions.set(JSON.stringify([kmnrKey, cnvId]), kmnrId);
    const [oldest] = this.#impressions.keys();
    if (this.#impressions.size > MAX_IMPRESSIONS && oldest !== undefined) this.#impressions.delete(oldest);
  }

  findImpression(kmnrKey: string, cnvId: string): string | null {
    return this.#impressions.get(JSON.stringify([kmnrKey, cnvId])) ?? null;
  }

  add(conversion: ConversionRecord): void {
    this.#newest.add(conversion);
  }

  toArray(): readonly ConversionRecord[] {
    return this.#newest.toArray();
  }

  reset(): void {
    this.#newest.clear();
    this.#impressions.clear();
  }
}
