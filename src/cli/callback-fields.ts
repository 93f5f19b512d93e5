import { isLosslessNumber, parse } from 'lossless-json';
import { KiipConfigError } from '../errors/index.js';
import { readJsonText } from './input.js';

/** The fields of a callback: their names on the wire (PROTOCOL K21) and in this library. */
const NAMES = {
  transaction_id: 'transactionId',
  content: 'content',
  name: 'name',
  quantity: 'quantity',
  user_id: 'userId',
  nonce: 'nonce',
  origin: 'origin',
} as const;

type WireName = keyof typeof NAMES;

/** A value with its JSON text: the signature covers a number's text, so keep it (PROTOCOL K24). */
interface FieldValue {
  readonly text: string;
  readonly isNumber: boolean;
}

export type CallbackFields = ReadonlyMap<WireName, FieldValue>;

const REDEMPTION: readonly WireName[] = ['transaction_id', 'content', 'name', 'quantity', 'user_id'];
const ISSUANCE: readonly WireName[] = ['content', 'quantity', 'user_id', 'transaction_id', 'nonce', 'origin'];
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

const findWireName = (key: string): WireName | undefined =>
  (Object.keys(NAMES) as WireName[]).find((wireName) => key === wireName || key === NAMES[wireName]);

/** Reads fields from options. Each is a string, except the quantity, which the platform sends as a number. */
export function fieldsFromOptions(options: Readonly<Record<string, unknown>>): CallbackFields {
  const fields = new Map<WireName, FieldValue>();
  for (const [key, text] of Object.entries(options)) {
    const wireName = findWireName(key);
    if (wireName !== undefined && typeof text === 'string') {
      fields.set(wireName, { text, isNumber: wireName === 'quantity' && NUMBER.test(text) });
    }
  }
  return fields;
}

/**
 * Reads fields from JSON, in wire names or the library's names.
 *
 * @throws KiipConfigError with every problem.
 */
export function fieldsFromJson(text: string): CallbackFields {
  const parsed = readJsonText(text, 'The callback', (json) => parse(json));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new KiipConfigError('The callback must be a JSON object of strings and numbers.');
  }
  const fields = new Map<WireName, FieldValue>();
  const problems: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const wireName = findWireName(key);
    if (key === 'signature') continue;
    if (wireName === undefined) problems.push(`${JSON.stringify(key)} is not a field of a callback`);
    else if (fields.has(wireName)) problems.push(`${wireName} is given twice`);
    else if (typeof value === 'string') fields.set(wireName, { text: value, isNumber: false });
    else if (isLosslessNumber(value)) fields.set(wireName, { text: value.toString(), isNumber: true });
    else problems.push(`${wireName} must be a string or a number`);
  }
  if (problems.length > 0) throw new KiipConfigError(`Nothing was signed: ${problems.join('; ')}.`);
  return fields;
}

export const isIssuance = (fields: CallbackFields): boolean => fields.has('nonce') && fields.has('origin');

/** Lists the missing fields of a callback, under the names of the options. */
export function missingFields(fields: CallbackFields, formula: 'documented' | 'legacy'): string[] {
  // One of the two alone would be dropped without a word.
  const needed =
    fields.has('nonce') || fields.has('origin')
      ? ISSUANCE
      : REDEMPTION.filter((name) => name !== 'name' || formula === 'documented');
  return needed.filter((name) => !fields.has(name)).map((name) => `--${name.replaceAll('_', '-')}`);
}

/** Returns the exact texts, under the names that `signCallback` takes. */
export const signable = (fields: CallbackFields): Record<string, string> =>
  Object.fromEntries([...fields].map(([wireName, { text }]) => [NAMES[wireName], text]));

function inOrder(fields: CallbackFields, signature: string): [string, FieldValue][] {
  const order: readonly WireName[] = isIssuance(fields) ? ISSUANCE : REDEMPTION;
  const present = order.flatMap((name): [string, FieldValue][] => {
    const value = fields.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return [...present, ['signature', { text: signature, isNumber: false }]];
}

/** Builds the whole body as the platform would send it, with numbers written as given. */
export const jsonBody = (fields: CallbackFields, signature: string): string =>
  `{${inOrder(fields, signature)
    .map(([name, { text, isNumber }]) => `${JSON.stringify(name)}:${isNumber ? text : JSON.stringify(text)}`)
    .join(',')}}`;

export const formBody = (fields: CallbackFields, signature: string): string =>
  new URLSearchParams(inOrder(fields, signature).map(([name, { text }]): [string, string] => [name, text])).toString();
