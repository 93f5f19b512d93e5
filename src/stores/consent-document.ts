import { sha256Hex } from '#digest';
import { isSameChoice } from './consent-choice.js';
import type { ConsentChoice, ConsentRecord } from './consent-store.js';

// A store keeps one text (a JSON document) per player. It only has to compare and replace that text in one step.

interface StoredChoice {
  readonly optedOut: boolean;
  readonly state?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface ConsentDocument {
  /** The newest choice, with the time when it was first made. */
  readonly choice: StoredChoice;
  /** When the newest choice was last confirmed. Older choices are stale. */
  readonly confirmedAt: number;
  /** For each device's digest, the time of the choice that the platform knows. */
  readonly delivered: Readonly<Record<string, number>>;
  readonly records: readonly (StoredChoice & { readonly kind: ConsentRecord['kind']; readonly writtenAt: number })[];
}

export const digestConsentUser = (userId: string): string => sha256Hex(`consent ${userId}`);

const digestDevice = (userId: string, deviceId: string): string =>
  sha256Hex(`device ${userId.length} ${userId}${deviceId}`);

const parse = (text: string): ConsentDocument => JSON.parse(text) as ConsentDocument;

const restore = ({ optedOut, state, at }: StoredChoice): ConsentChoice => ({
  optedOut,
  ...(state === undefined ? {} : { state }),
  at: new Date(at),
});

const flatten = ({ optedOut, state, at }: ConsentChoice): StoredChoice => ({
  optedOut,
  ...(state === undefined ? {} : { state }),
  at: at.getTime(),
});

/** Adds a choice to the document; `next: null` when nothing changes. */
export function applyChoice(
  text: string | null,
  given: ConsentChoice,
): { readonly outcome: 'changed' | 'unchanged' | 'stale'; readonly next: string | null } {
  const choice = flatten(given);
  const { at } = choice;
  const chosen = { ...choice, kind: 'chosen', writtenAt: at } as const;
  if (text === null) {
    const document: ConsentDocument = { choice, confirmedAt: at, delivered: {}, records: [chosen] };
    return { outcome: 'changed', next: JSON.stringify(document) };
  }
  const document = parse(text);
  const isSame = isSameChoice(restore(document.choice), given);
  if (at < document.confirmedAt || (at === document.confirmedAt && !isSame)) return { outcome: 'stale', next: null };
  if (isSame) {
    const isNews = at > document.confirmedAt;
    return { outcome: 'unchanged', next: isNews ? JSON.stringify({ ...document, confirmedAt: at }) : null };
  }
  const records = [...document.records, chosen];
  return { outcome: 'changed', next: JSON.stringify({ ...document, choice, confirmedAt: at, records }) };
}

/** Adds a delivery to the document; `null` when nothing changes. */
export function applyDelivery(text: string | null, userId: string, deviceId: string, at: Date): string | null {
  if (text === null) return null;
  const document = parse(text);
  const device = digestDevice(userId, deviceId);
  const time = at.getTime();
  if (time <= (document.delivered[device] ?? -Infinity)) return null;
  const delivered = { ...document.delivered, [device]: time };
  const known = document.records.find((record) => record.kind === 'chosen' && record.at === time);
  const now = Date.now();
  const records =
    known === undefined
      ? document.records
      : [...document.records, { ...known, kind: 'delivered', at: now, writtenAt: now } as const];
  return JSON.stringify({ ...document, delivered, records });
}

/** Reads the choice that is due for a device, or `null`. */
export function readDueChoice(text: string | null, userId: string, deviceId: string): ConsentChoice | null {
  if (text === null) return null;
  const { choice, delivered } = parse(text);
  const knownAt = delivered[digestDevice(userId, deviceId)] ?? -Infinity;
  return knownAt >= choice.at ? null : restore(choice);
}

/** Lists the choices and deliveries, oldest first. */
export function readConsentHistory(text: string | null): ConsentRecord[] {
  if (text === null) return [];
  const records = [...parse(text).records].sort((a, b) => a.writtenAt - b.writtenAt);
  return records.map((record) => ({ ...restore(record), kind: record.kind }));
}
