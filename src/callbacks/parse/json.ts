import { CallbackTexts, isWireName, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

const PLAIN_TEXT = '"([^"\\\\\\x00-\\x1f]*)"';
const NUMBER = '(-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)';
const MEMBER = ` *${PLAIN_TEXT} *: *(?:${PLAIN_TEXT}|${NUMBER}) *`;
// A message has five to seven fields, in any order; an eighth may be new (PROTOCOL K24a). Each repeated piece is
// followed by a character that it cannot match, so a match takes linear time.
const PLAIN_BODY = new RegExp(`^\\{${MEMBER}${`,${MEMBER}`.repeat(4)}${`(?:,${MEMBER})?`.repeat(3)}\\}$`);
const GROUPS_PER_MEMBER = 3;

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Reads a JSON object whose known fields are strings and numbers. The other fields may hold anything (PROTOCOL K24a).
 *
 * `JSON.parse` alone is not enough: it reads `20`, `20.0` and `2e1` as the same number, rounds `9007199254740993`
 * (PROTOCOL K24), and silently keeps the last of two equal keys. So `JSON.parse` only checks the grammar here, and the
 * members are taken from the text. A plain body skips even that, which is faster. Tests compare both ways with each
 * other and with `JSON.parse`.
 *
 * @throws CallbackFormatError for anything else, repeated keys included.
 */
export function readJson(body: string): CallbackTexts {
  return readPlain(body) ?? readAny(body);
}

/**
 * Reads a body with few fields and without escapes, nested values and white space other than blanks; returns `null` for
 * any other.
 */
export function readPlain(body: string): CallbackTexts | null {
  const match = PLAIN_BODY.exec(body);
  if (match === null) return null;
  const texts = new CallbackTexts();
  for (let at = 1; at < match.length && match[at] !== undefined; at += GROUPS_PER_MEMBER)
    texts.add(match[at] as string, (match[at + 1] ?? match[at + 2]) as string);
  return texts;
}

/** Reads any JSON object. */
export function readAny(body: string): CallbackTexts {
  if (!isObject(body)) throw malformed('is not a JSON object');
  const texts = new CallbackTexts();
  // The grammar is known to be valid from here on, so the first character of a value tells how to find its end.
  let at = skipBlanks(body, body.indexOf('{') + 1);
  while (body.charCodeAt(at) !== CLOSE) {
    const keyEnd = findStringEnd(body, at);
    const key = unescape(body.slice(at + 1, keyEnd - 1));
    at = skipBlanks(body, skipBlanks(body, keyEnd) + 1);
    const end = findValueEnd(body, at);
    texts.add(key, isWireName(key) ? readValue(body.slice(at, end)) : null);
    at = skipBlanks(body, end);
    if (body.charCodeAt(at) === COMMA) at = skipBlanks(body, at + 1);
  }
  return texts;
}

function isObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Returns the text of a string or number; `null` for any other value. */
function readValue(text: string): string | null {
  const first = text.charCodeAt(0);
  if (first === QUOTE) {
    const value = unescape(text.slice(1, -1));
    // An escape can name a lone surrogate.
    requireWellFormed(value);
    return value;
  }
  return first === MINUS || (first >= DIGIT_0 && first <= DIGIT_9) ? text : null;
}

const unescape = (inner: string): string => (inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner);

function skipBlanks(body: string, from: number): number {
  let at = from;
  while (body.charCodeAt(at) <= BLANK) at += 1;
  return at;
}

/** Finds the end of the string that begins at `from`. */
function findStringEnd(body: string, from: number): number {
  let at = from + 1;
  while (body.charCodeAt(at) !== QUOTE) at += body.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Finds the end of the value that begins at `from`. */
function findValueEnd(body: string, from: number): number {
  let at = from;
  let depth = 0;
  for (;;) {
    const code = body.charCodeAt(at);
    if (code === QUOTE) at = findStringEnd(body, at);
    else {
      if (code === OPEN || code === OPEN_LIST) depth += 1;
      if (code === CLOSE || code === CLOSE_LIST) depth -= 1;
      at += 1;
    }
    const next = body.charCodeAt(at);
    if (depth === 0 && (next === COMMA || next === CLOSE || next <= BLANK)) return at;
  }
}
