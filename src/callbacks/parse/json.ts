import { CallbackTexts, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const ESCAPE_OR_CONTROL = /[\\\x00-\x1f]/;
const STRING = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const OTHER_SCALAR = /true|false|null/y;

const notJson = (at: number) => malformed(`is not a JSON object of strings and numbers (character ${at})`);

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
  // Without either, a string ends at the next quote and needs no decoding: the case of nearly every callback.
  const plain = !ESCAPE_OR_CONTROL.test(body);
  let at = skipSpace(body, 0);
  if (body.charCodeAt(at) !== OPEN) throw notJson(at);
  at = skipSpace(body, at + 1);
  let last = body.charCodeAt(at) === CLOSE ? CLOSE : COMMA;
  if (last === CLOSE) at += 1;
  while (last === COMMA) {
    let end = endOfString(body, at, plain);
    const key = textOfString(body, at, end, plain);
    at = skipSpace(body, end);
    if (body.charCodeAt(at) !== COLON) throw notJson(at);
    at = skipSpace(body, at + 1);
    if (body.charCodeAt(at) === QUOTE) {
      end = endOfString(body, at, plain);
      texts.add(key, textOfString(body, at, end, plain));
    } else if ((end = endOf(NUMBER, body, at)) !== -1) {
      texts.add(key, body.slice(at, end));
    } else if ((end = endOf(OTHER_SCALAR, body, at)) !== -1) {
      texts.add(key, null);
    } else {
      throw notJson(at);
    }
    at = skipSpace(body, end);
    last = body.charCodeAt(at);
    if (last !== COMMA && last !== CLOSE) throw notJson(at);
    at += 1;
    if (last === COMMA) at = skipSpace(body, at);
  }
  at = skipSpace(body, at);
  if (at !== body.length) throw notJson(at);
  return texts;
}

function skipSpace(body: string, from: number): number {
  let at = from;
  for (;;) {
    const code = body.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/** Where the token of `pattern` that starts at `at` ends, or -1. */
function endOf(pattern: RegExp, body: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(body) ? pattern.lastIndex : -1;
}

function endOfString(body: string, at: number, plain: boolean): number {
  if (body.charCodeAt(at) !== QUOTE) throw notJson(at);
  const end = plain ? body.indexOf('"', at + 1) + 1 : endOf(STRING, body, at);
  if (end <= 0) throw notJson(at);
  return end;
}

function textOfString(body: string, at: number, end: number, plain: boolean): string {
  const inner = body.slice(at + 1, end - 1);
  if (plain || !inner.includes('\\')) return inner;
  // The pattern let only JSON's escapes through. Two of them can name half a character each, or one alone.
  const text = JSON.parse(`"${inner}"`) as string;
  requireWellFormed(text);
  return text;
}
