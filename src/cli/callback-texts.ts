import { readMessage } from '../callbacks/event/message.js';
import { findFormat } from '../callbacks/parse/format.js';
import { readForm } from '../callbacks/parse/form.js';
import { readJson } from '../callbacks/parse/json.js';
import { readText } from '../callbacks/parse/text.js';
import { readContentType } from '../inbound/content.js';

/**
 * The facts about a signed value that may be shown: its length, and the quantity's text, because `20` and `20.0` sign
 * differently.
 */
export interface TextFacts {
  readonly field: string;
  readonly characters: number;
  readonly bytes: number;
  readonly kind: 'string' | 'number' | 'form value';
  readonly text?: string;
}

export interface SignedTexts {
  readonly type: 'redemption' | 'issuance';
  /** The signed values, in the order of the formula. */
  readonly fields: readonly TextFacts[];
}

const UNNAMED = { kind: 'unnamed', isAsciiOnly: false } as const;

const ORDER = {
  documented: ['content', 'name', 'quantity', 'user_id', 'transaction_id'],
  legacy: ['content', 'quantity', 'user_id', 'transaction_id'],
  issuance: ['content', 'quantity', 'user_id', 'transaction_id', 'nonce', 'origin'],
} as const;

/** Writes the formula in the documents' names (PROTOCOL K22, K23). */
export function formulaText(type: SignedTexts['type'], formula: 'documented' | 'legacy'): string {
  return `SHA-1(${[...ORDER[type === 'issuance' ? 'issuance' : formula], 'app_secret'].join(' + ')})`;
}

/**
 * Reads the texts that the signature of a body covers, as the verifier does.
 *
 * @throws CallbackFormatError when the verifier would.
 */
export function readSignedTexts(
  body: Buffer,
  contentType: string | undefined,
  formula: 'documented' | 'legacy',
): SignedTexts {
  const text = readText(body);
  const isForm = findFormat(readContentType(contentType) ?? UNNAMED, text) === 'form';
  const texts = isForm ? readForm(text) : readJson(text);
  const { message } = readMessage(texts, formula);
  // The reader above accepts only an object, so this cannot fail.
  const parsed = isForm ? {} : (JSON.parse(text) as Record<string, unknown>);
  const fields = ORDER[message.type === 'issuance' ? 'issuance' : formula].map((field): TextFacts => {
    const value = texts[field] ?? '';
    return {
      field,
      characters: [...value].length,
      bytes: Buffer.byteLength(value),
      kind: isForm ? 'form value' : typeof parsed[field] === 'number' ? 'number' : 'string',
      ...(field === 'quantity' && { text: value }),
    };
  });
  return { type: message.type, fields };
}

const CONVERTED = /^\s*(?:\[object |<Buffer |\{ ?[a-z_]+: )/;

/** Guesses the mistake behind a body that is not one of the two messages. */
export function guessBodyMistake(body: Buffer): string | null {
  const text = body.toString('utf8');
  if (text.trim() === '') return 'The body is empty: something read the request before, or nothing was piped in.';
  if (CONVERTED.test(text))
    return 'It looks like an object printed by JavaScript: something parsed the body. Take the raw body instead.';
  if (/^\s*"/.test(text))
    return 'It looks like JSON inside a JSON string: something encoded the body again. Take the raw body instead.';
  if (/^\s*(?:POST|HTTP\/)/.test(text))
    return 'It looks like a whole HTTP message: take the part after the first empty line.';
  return null;
}
