import { KiipConfigError } from '../../errors/index.js';
import type { KaminariVerdict, SandboxKaminari } from '../sandbox.js';
import type { ConversionRecord, KaminariRecord } from '../records.js';
import { Conversions } from './conversions.js';
import { Pairing } from './pairing.js';

const NOTHING_FOUND: KaminariVerdict = { fraud: 0, block: 0 };
const isBit = (value: unknown): boolean => value === 0 || value === 1;

/** The state of Kaminari's half of the sandbox. */
export class KaminariSide implements SandboxKaminari {
  readonly pairing: Pairing;
  readonly reported: Conversions;
  #notYet = 0;
  #verdict = NOTHING_FOUND;

  constructor(keep: number, onRecord: (record: KaminariRecord) => void) {
    this.pairing = new Pairing(keep, onRecord);
    this.reported = new Conversions(keep);
  }

  get verdict(): KaminariVerdict {
    return this.#verdict;
  }

  /** Whether to answer the current ping "not yet". */
  takeNotYet(): boolean {
    if (this.#notYet === 0) return false;
    this.#notYet -= 1;
    return true;
  }

  answerNotYet(times: number): void {
    if (!Number.isSafeInteger(times) || times < 0)
      throw new KiipConfigError('kaminari.answerNotYet() takes an integer of at least 0.');
    this.#notYet = times;
  }

  answerVerdict(verdict: KaminariVerdict): void {
    const given = typeof verdict === 'object' && verdict !== null ? verdict : { fraud: null, block: null };
    if (!isBit(given.fraud) || !isBit(given.block))
      throw new KiipConfigError('kaminari.answerVerdict() takes { fraud, block }, each 0 or 1.');
    this.#verdict = { fraud: given.fraud as 0 | 1, block: given.block as 0 | 1 };
  }

  statistics(): readonly KaminariRecord[] {
    return this.pairing.statistics();
  }

  conversions(): readonly ConversionRecord[] {
    return this.reported.toArray();
  }

  advance(ms: number): void {
    this.pairing.advance(ms);
  }

  reset(): void {
    this.pairing.reset();
    this.reported.reset();
    this.#notYet = 0;
    this.#verdict = NOTHING_FOUND;
  }

  close(): void {
    this.pairing.close();
  }
}
