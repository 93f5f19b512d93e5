import { KiipRefusedError } from '../errors/index.js';
import type { AnswerFacts } from './json.js';

const LONGEST_REASON = 200;
/** How much of a text is read: fifty times as much as is shown. */
const LONGEST_TEXT = 10_000;
const SHORTEST_SECRET = 4;
const MASK = '***';
const BREAKS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;
const HALF_A_CHARACTER = /[\uD800-\uDBFF]$/;
const UNPRINTABLE = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** A refusal by the platform. */
export interface Refusal {
  /** The platform's words, unmasked; `null` when it gave none. Pass them through {@link maskReason} before you show them. */
  readonly text: string | null;
}

/**
 * Finds the refusal in a parsed answer, or `null` (PROTOCOL K17a): `error` is a text, or an object with the text as its `message`. An
 * `error` of `null`, `false` or `""` is not a refusal.
 */
export function findRefusal(answer: unknown): Refusal | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { error } = answer as { readonly error?: unknown };
  if (typeof error === 'string') return error.trim() === '' ? null : { text: error };
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return null;
  const { message } = error as { readonly message?: unknown };
  return { text: typeof message === 'string' && message.trim() !== '' ? message : null };
}

const clean = (text: string): string => text.replace(BREAKS, ' ').replace(UNPRINTABLE, '').trim();

const NOT_ASCII = /[^\0-\x7f]/g;
const HTML_SPECIAL = /[&<>"']/g;
const HTML_NAMES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };

const toHex = (unit: string, digits: number): string => unit.charCodeAt(0).toString(16).padStart(digits, '0');

/**
 * Escapes as Python's `repr` does, with two digits for Latin-1: the platform writes its dates as Python does, so it may
 * write texts this way too.
 */
const escapeAsPython = (unit: string): string => (unit <= '\xff' ? `\\x${toHex(unit, 2)}` : `\\u${toHex(unit, 4)}`);

/**
 * Lists the spellings in which a text may repeat a value: as it is, or as in a URL, a form, JSON, Python or HTML; a
 * number also rounded or cut after any digit.
 */
function* listSpellings(value: string | number): Generator<string> {
  if (typeof value === 'string') {
    const printable = value.replace(UNPRINTABLE, '');
    const json = JSON.stringify(value).slice(1, -1);
    yield clean(value);
    yield encodeURI(printable);
    yield encodeURIComponent(printable);
    yield new URLSearchParams([['', printable]]).toString().slice(1);
    yield clean(json);
    yield clean(json.replace(NOT_ASCII, (unit) => `\\u${toHex(unit, 4)}`));
    yield clean(value.replace(NOT_ASCII, escapeAsPython));
    yield clean(value.replace(HTML_SPECIAL, (character) => `&${HTML_NAMES[character] ?? ''};`));
    return;
  }
  const text = String(value);
  yield text;
  // The platform may round or cut coordinates, or pad them with zeros.
  for (let digits = 1; digits <= 10; digits += 1) {
    yield value.toFixed(digits);
    if (text.includes('.')) yield text.slice(0, text.indexOf('.') + 1 + digits);
  }
}

/**
 * Folds the letter case, for comparing. Each character keeps its length, so an index in the result is an index in the
 * text.
 */
function fold(text: string): string {
  if (text.search(NOT_ASCII) === -1) return text.toLowerCase();
  let folded = '';
  for (const character of text) {
    const lower = character.toUpperCase().toLowerCase();
    folded += lower.length === character.length ? lower : character;
  }
  return folded;
}

/**
 * Makes a text of the platform safe to show: at most 200 printable characters, with the given values masked in any letter case. Values
 * shorter than four characters stay, because they would mask ordinary words.
 *
 * @param secrets - the values of the request about the app and the player (`listSecrets`).
 */
export function maskReason(text: string, secrets: readonly (string | number)[]): string {
  const hidden = new Set<string>();
  for (const secret of secrets)
    for (const spelling of listSpellings(secret)) if (spelling.length >= SHORTEST_SECRET) hidden.add(fold(spelling));
  const longestFirst = [...hidden].sort((a, b) => b.length - a.length);
  const longest = longestFirst[0]?.length ?? 1;
  const source = clean(text.slice(0, LONGEST_TEXT + longest));
  const folded = fold(source);
  // Where the text was cut, a value may be cut too and would not match, so stop before it could begin.
  const end = text.length > LONGEST_TEXT + longest ? source.length - longest + 1 : source.length;
  let shown = '';
  // Mask before cutting to the limit, so that a value across the limit is masked too.
  for (let at = 0; at < end && shown.length < LONGEST_REASON;) {
    const found = longestFirst.find((spelling) => folded.startsWith(spelling, at));
    shown += found === undefined ? source.charAt(at) : MASK;
    at += found?.length ?? 1;
  }
  return shown.slice(0, LONGEST_REASON).replace(HALF_A_CHARACTER, '');
}

/**
 * Throws when the answer is a refusal.
 *
 * @throws KiipRefusedError with the platform's words, masked.
 */
export function assertNotRefused(answer: unknown, facts: AnswerFacts): void {
  const refusal = findRefusal(answer);
  if (refusal === null) return;
  const reason = refusal.text === null ? null : maskReason(refusal.text, facts.secrets ?? []);
  throw new KiipRefusedError(
    reason === null ? 'The platform refused the request and did not say why.' : `The platform refused: ${reason}`,
    { operation: facts.operation, attempts: facts.attempts, status: facts.status, reason },
  );
}

/**
 * Reads the platform's words, masked, from the body of an answer that is not 2xx; `null` when it holds none.
 *
 * @param body - the body's text, or the value that a custom transport made of it.
 */
export function readRefusedBody(body: unknown, listSecrets: () => readonly (string | number)[]): string | null {
  const text = findRefusal(typeof body === 'string' ? parseOrNull(body) : body)?.text ?? null;
  return text === null ? null : maskReason(text, listSecrets());
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
