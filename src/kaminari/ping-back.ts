import { parse as parseLossless } from 'lossless-json';
import { CallbackFormatError } from '../errors/index.js';
import { toRaw, toText } from '../inbound/bytes.js';
import type { Verdict } from '../stores/verdict-store.js';
import { SUB_NAMES, type Subs } from './types.js';

/** Kaminari's verdict on one impression (PROTOCOL M9). */
export interface PingBack {
  /** The impression's id. Anybody can send one: act only on ids that you created. */
  readonly kmnrId: string;
  /** The key of the integration that it is for. Your pages show it, so it proves nothing. */
  readonly kmnrKey: string;
  /** What Kaminari thinks of the impression. */
  readonly verdict: Verdict;
  /** Whether Kaminari blocked the impression. */
  readonly blocked: boolean;
  /** Sub-tags as text, even if they came as numbers; an empty one is `''` (PROTOCOL M12). */
  readonly subs: Subs;
  /** The whole message, including fields that this version does not know. */
  readonly raw: unknown;
}

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ['1', 'fraudulent'],
  ['0', 'clean'],
  ['-1', 'unverified'],
]);
const MAX_ID_LENGTH = 200;

/** Builds the error for a body that is not a ping-back. The message names the problem and never quotes the body. */
const malformed = (what: string): CallbackFormatError =>
  new CallbackFormatError(`The ping-back ${what}. See docs/kaminari.md#ping-back.`);

/** Reads a field as text. Keeps a number as it was written, because a sub-tag can have more digits than a number holds. */
function readField(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw malformed(`has a ${name} that is neither a string nor a number`);
}

function readRequired(value: unknown, name: string): string {
  const text = readField(value, name);
  if (text === undefined || text === '') throw malformed(`has no ${name}`);
  if (text.length > MAX_ID_LENGTH || /[\p{Cc}\p{Surrogate}]/u.test(text))
    throw malformed(`has a ${name} that cannot be one`);
  return text;
}

/**
 * Reads a ping-back, Kaminari's verdict on an impression (PROTOCOL M9).
 *
 * Ping-backs are not signed, so anybody who knows your address can send one. Compare `kmnrKey` (`createPingBackReceiver` does this) and look up
 * `kmnrId`. Your pages show the key, so it proves nothing: do not pay or punish on a ping-back alone.
 *
 * @param body - the JSON text or bytes, or what a body parser made of it.
 * @throws CallbackFormatError when it is not a ping-back.
 * @example
 * ```ts
 * import { parsePingBack } from 'kiip-s2s/kaminari';
 *
 * declare const body: Uint8Array;
 * const { kmnrId, verdict, blocked } = parsePingBack(body);
 * ```
 */
export function parsePingBack(body: unknown): PingBack {
  let raw = body;
  let fields = body;
  const bytes = toRaw(body);
  if (bytes !== null) {
    const text = toText(bytes);
    if (text === null) throw malformed('is not UTF-8');
    try {
      raw = JSON.parse(text);
      fields = parseLossless(text, undefined, (number) => number);
    } catch {
      throw malformed('is not JSON');
    }
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw malformed('is not a JSON object');
  const read = (name: string): unknown =>
    Object.hasOwn(fields, name) ? (fields as Record<string, unknown>)[name] : undefined;
  const verdict = VERDICTS.get(readField(read('fraud'), 'fraud') ?? '');
  const block = readField(read('block'), 'block');
  if (verdict === undefined) throw malformed('has a fraud that is not 1, 0 or -1');
  if (block !== '1' && block !== '0') throw malformed('has a block that is not 1 or 0');
  const subs = SUB_NAMES.flatMap((name) => {
    const text = readField(read(name), name);
    return text === undefined ? [] : [[name, text]];
  });
  return {
    kmnrId: readRequired(read('kmnrId'), 'kmnrId'),
    kmnrKey: readRequired(read('kmnrKey'), 'kmnrKey'),
    verdict,
    blocked: block === '1',
    subs: Object.fromEntries(subs) as Subs,
    raw,
  };
}
