import { CallbackTexts, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

const SPACE = '[ \\t\\n\\r]*';
const STRING = '"([^"\\\\\\x00-\\x1f]*(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\\\\x00-\\x1f]*)*)"';
const NUMBER = '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?';

const OPENING = new RegExp(`${SPACE}\\{${SPACE}(\\})?`, 'y');
/** One member and what follows it: key, then a string, a number or (neither) one of JSON's words, then `,` or `}`. */
const MEMBER = new RegExp(`${STRING}${SPACE}:${SPACE}(?:${STRING}|(${NUMBER})|true|false|null)${SPACE}(?:(,)${SPACE}|\\})`, 'y');
const CLOSING = new RegExp(`${SPACE}$`, 'y');
const PLAIN_NUMBER = new RegExp(NUMBER, 'y');
const ESCAPE_OR_CONTROL = /[\\\x00-\x1f]/;

/**
 * Reads a flat JSON object of strings and numbers.
 *
 * Not with `JSON.parse`, because that loses what the signature covers and hides what must be refused: it reads `20`, `20.0` and `2e1` as
 * the same number, rounds `9007199254740993` (PROTOCOL K24), and silently keeps the last of two equal keys. The grammar is JSON's own;
 * tests hold this reader against `JSON.parse` on random and mutated bodies.
 *
 * @throws CallbackFormatError for anything else, nested values and repeated keys included.
 */
export function readJson(body: string): CallbackTexts {
  return (ESCAPE_OR_CONTROL.test(body) ? null : readPlain(body)) ?? readAny(body);
}

/** The grammar as regular expressions. */
function readAny(body: string): CallbackTexts {
  const texts = new CallbackTexts();
  OPENING.lastIndex = 0;
  const opening = OPENING.exec(body);
  if (opening === null) throw notJson();
  let closed = opening[1] !== undefined;
  MEMBER.lastIndex = OPENING.lastIndex;
  CLOSING.lastIndex = OPENING.lastIndex;
  while (!closed) {
    const member = MEMBER.exec(body);
    if (member === null) throw notJson();
    const [, key = '', string, number, comma] = member;
    texts.add(unescaped(key), string === undefined ? (number ?? null) : unescaped(string));
    closed = comma === undefined;
    CLOSING.lastIndex = MEMBER.lastIndex;
  }
  if (!CLOSING.test(body)) throw notJson();
  return texts;
}

const notJson = () => malformed('is not a JSON object of strings and numbers');

function unescaped(inner: string): string {
  if (!inner.includes('\\')) return inner;
  // The pattern let only JSON's escapes through. Two of them can name half a character each, or one alone.
  const text = JSON.parse(`"${inner}"`) as string;
  requireWellFormed(text);
  return text;
}

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * The same at twice the speed for a body as nearly every callback's: without escapes and control characters a string ends at the next
 * quote and is its own text, and white space is a blank.
 *
 * @returns `null` for anything unusual, which is then for the grammar to judge.
 */
function readPlain(body: string): CallbackTexts | null {
  const texts = new CallbackTexts();
  let at = 0;
  let next = body.charCodeAt(at) === OPEN ? COMMA : CLOSE;
  while (next === COMMA) {
    at += 1;
    while (body.charCodeAt(at) === BLANK) at += 1;
    if (body.charCodeAt(at) !== QUOTE) return null;
    let end = body.indexOf('"', at + 1);
    if (end === -1) return null;
    const key = body.slice(at + 1, end);
    at = end + 1;
    while (body.charCodeAt(at) === BLANK) at += 1;
    if (body.charCodeAt(at) !== COLON) return null;
    at += 1;
    while (body.charCodeAt(at) === BLANK) at += 1;
    if (body.charCodeAt(at) === QUOTE) {
      end = body.indexOf('"', at + 1);
      if (end === -1) return null;
      texts.add(key, body.slice(at + 1, end));
      at = end + 1;
    } else {
      PLAIN_NUMBER.lastIndex = at;
      if (!PLAIN_NUMBER.test(body)) return null;
      texts.add(key, body.slice(at, PLAIN_NUMBER.lastIndex));
      at = PLAIN_NUMBER.lastIndex;
    }
    while (body.charCodeAt(at) === BLANK) at += 1;
    next = body.charCodeAt(at);
  }
  return next === CLOSE && at > 0 && at === body.length - 1 ? texts : null;
}
