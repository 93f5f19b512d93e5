import { CallbackTexts, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

const SPACE = '[ \\t\\n\\r]*';
const STRING = '"([^"\\\\\\x00-\\x1f]*(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\\\\x00-\\x1f]*)*)"';
const NUMBER = '(-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)';

const OPEN = new RegExp(`${SPACE}\\{${SPACE}`, 'y');
/** One member and what follows it: key, string, number (neither: one of JSON's words), `,` or `}`. */
const MEMBER = new RegExp(`${STRING}${SPACE}:${SPACE}(?:${STRING}|${NUMBER}|true|false|null)${SPACE}(?:(,)${SPACE}|\\})`, 'y');
const EMPTY = new RegExp('\\}', 'y');
const END = new RegExp(`${SPACE}$`, 'y');

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
  const texts = new CallbackTexts();
  let at = endOf(OPEN, body, 0);
  const empty = at === -1 ? -1 : endOf(EMPTY, body, at);
  if (at !== -1 && empty === -1) at = readMembers(body, at, texts);
  else at = empty;
  if (at === -1 || endOf(END, body, at) === -1) throw malformed('is not a JSON object of strings and numbers');
  return texts;
}

/** @returns where the object ends, or -1 where the grammar was broken. */
function readMembers(body: string, start: number, texts: CallbackTexts): number {
  const escapes = body.includes('\\');
  MEMBER.lastIndex = start;
  for (;;) {
    const member = MEMBER.exec(body);
    if (member === null) return -1;
    const [, key = '', string, number, comma] = member;
    if (escapes) texts.add(decode(key), string === undefined ? (number ?? null) : decode(string));
    else texts.add(key, string ?? number ?? null);
    if (comma === undefined) return MEMBER.lastIndex;
  }
}

/** Where the token of `pattern` that starts at `at` ends, or -1. */
function endOf(pattern: RegExp, body: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(body) ? pattern.lastIndex : -1;
}

function decode(inner: string): string {
  if (!inner.includes('\\')) return inner;
  // The pattern let only JSON's escapes through. Two of them can name half a character each, or one alone.
  const text = JSON.parse(`"${inner}"`) as string;
  requireWellFormed(text);
  return text;
}
