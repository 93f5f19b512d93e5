import { KiipConfigError } from '../../errors/index.js';
import { Newest } from '../newest.js';
import type { KaminariRecord } from '../records.js';

/** Five minutes: how long a ping and a browser record wait for each other. */
const WINDOW_MS = 300_000;
/** How many pings, and how many browser records, wait at once; above that, the oldest is written early. */
const MAX_WAITING = 10_000;

type Side = 'ping' | 'browser';

interface Waiting {
  readonly kmnrId: string;
  readonly kmnrKey: string;
  readonly facts: object;
  readonly since: number;
}

/** The result for a ping or a browser record: `waiting` for the other half, `paired`, or `repeated` when this half was already there. */
export type PairingResult = 'waiting' | 'paired' | 'repeated';

/** Joins pings and browser records into statistics (PROTOCOL M8), on a clock that tests can move forward. */
export class Pairing {
  readonly #waiting: Record<Side, Map<string, Waiting>> = { ping: new Map(), browser: new Map() };
  /** Which halves of an id are already written. */
  readonly #written = new Map<string, Set<Side>>();
  readonly #statistics: Newest<KaminariRecord>;
  readonly #onRecord: (record: KaminariRecord) => void;
  #advancedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(keep: number, onRecord: (record: KaminariRecord) => void) {
    this.#statistics = new Newest(keep);
    this.#onRecord = onRecord;
  }

  /** Adds one half; the statistics will show `facts`. */
  add(side: Side, kmnrId: string, kmnrKey: string, facts: object): PairingResult {
    this.#expire();
    const key = JSON.stringify([kmnrKey, kmnrId]);
    if (this.#waiting[side].has(key) || this.#written.get(key)?.has(side) === true) return 'repeated';
    const other: Side = side === 'ping' ? 'browser' : 'ping';
    const half = this.#waiting[other].get(key);
    if (half !== undefined) {
      this.#waiting[other].delete(key);
      const halves = { [side]: facts, [other]: half.facts } as Record<Side, object>;
      this.#write(key, { kmnrId, kmnrKey, status: 'paired', ...halves, at: new Date(this.now()) });
      return 'paired';
    }
    this.#waiting[side].set(key, { kmnrId, kmnrKey, facts, since: this.now() });
    const [oldest] = this.#waiting[side];
    if (this.#waiting[side].size > MAX_WAITING && oldest !== undefined) this.#writeAlone(side, ...oldest);
    this.#schedule();
    return 'waiting';
  }

  statistics(): readonly KaminariRecord[] {
    this.#expire();
    return this.#statistics.toArray();
  }

  /** Moves the clock forward. */
  advance(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0)
      throw new KiipConfigError('kaminari.advance() takes a number of milliseconds that is not negative.');
    this.#advancedMs += ms;
    this.#expire();
  }

  /** Forgets all halves and records, and resets the clock. */
  reset(): void {
    this.#waiting.ping.clear();
    this.#waiting.browser.clear();
    this.#written.clear();
    this.#statistics.clear();
    this.#advancedMs = 0;
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The time on its clock, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#advancedMs;
  }

  #oldest(): { side: Side; key: string; half: Waiting } | null {
    let found: { side: Side; key: string; half: Waiting } | null = null;
    for (const side of ['ping', 'browser'] as const) {
      const [first] = this.#waiting[side];
      if (first !== undefined && (found === null || first[1].since < found.half.since))
        found = { side, key: first[0], half: first[1] };
    }
    return found;
  }

  #expire(): void {
    const now = this.now();
    let oldest = this.#oldest();
    while (oldest !== null && now - oldest.half.since >= WINDOW_MS) {
      this.#writeAlone(oldest.side, oldest.key, oldest.half);
      oldest = this.#oldest();
    }
    this.#schedule();
  }

  /** Sets one timer for the half that expires next, so that listeners hear of it without asking. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const oldest = this.#closed ? null : this.#oldest();
    if (oldest === null) return;
    this.#timer = setTimeout(() => this.#expire(), Math.max(oldest.half.since + WINDOW_MS - this.now(), 1));
    this.#timer.unref();
  }

  #writeAlone(side: Side, key: string, { kmnrId, kmnrKey, facts }: Waiting): void {
    this.#waiting[side].delete(key);
    const halves = side === 'ping' ? { ping: facts, browser: null } : { ping: null, browser: facts };
    this.#write(key, {
      kmnrId,
      kmnrKey,
      status: side === 'ping' ? 'technical_losses' : 'script_only',
      ...halves,
      at: new Date(this.now()),
    });
  }

  #write(key: string, record: KaminariRecord): void {
    const sides = this.#written.get(key) ?? new Set();
    if (record.ping !== null) sides.add('ping');
    if (record.browser !== null) sides.add('browser');
    this.#written.delete(key);
    this.#written.set(key, sides);
    const [oldest] = this.#written.keys();
    if (this.#written.size > MAX_WAITING && oldest !== undefined) this.#written.delete(oldest);
    this.#statistics.add(record);
    this.#onRecord(record);
  }
}
