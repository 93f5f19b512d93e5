import { KiipRefusedError } from '../errors/index.js';
import type { AnswerFacts } from './json.js';

const LONGEST_REASON = 200;
const SHORTEST_SECRET = 4;
const MASK = '***';
const BREAKS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;
const HALF_A_CHARACTER = /[\uD800-\uDBFF]$/;
const UNPRINTABLE = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** What an answer says besides "no". */
export interface Refusal {
  /** The platform's words, as they came; `null` when it gave none. Show them through {@link maskReason} only. */
  readonly text: string | null;
}

/**
 * The refusal in a parsed answer, or `null` (PROTOCOL K17a): a text under `error`, or an object, whose `message` is the text. `null`,
 * `false` and `""` are not one.
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

/** The spellings in which a text may repeat a value. */
function* listSpellings(value: string | number): Generator<string> {
  if (typeof value === 'string') {
    yield clean(value);
    yield encodeURIComponent(value.replace(UNPRINTABLE, ''));
    yield clean(JSON.stringify(value).slice(1, -1));
    return;
  }
  yield String(value);
  // Coordinates come back rounded, or filled up with zeros.
  for (let digits = 1; digits <= 10; digits += 1) yield value.toFixed(digits);
}

/**
 * A text of the platform as it may be shown: at most 200 printable characters, with the given values masked wherever it repeats them,
 * in any letter case. Values shorter than four characters stay: they would mask the text itself.
 *
 * @param secrets - what the request held about the app and the player (`listSecrets`).
 */
export function maskReason(text: string, secrets: readonly (string | number)[]): string {
  const hidden = new Set<string>();
  for (const secret of secrets)
    for (const spelling of listSpellings(secret))
      if (spelling.length >= SHORTEST_SECRET) hidden.add(spelling.toLowerCase());
  const longestFirst = [...hidden].sort((a, b) => b.length - a.length);
  const source = clean(text);
  let shown = '';
  // Walks along and stops at the limit, so that neither a long text nor a cut value can slip through.
  for (let at = 0; at < source.length && shown.length < LONGEST_REASON;) {
    const found = longestFirst.find((spelling) => source.slice(at, at + spelling.length).toLowerCase() === spelling);
    shown += found === undefined ? source.charAt(at) : MASK;
    at += found?.length ?? 1;
  }
  return shown.slice(0, LONGEST_REASON).replace(HALF_A_CHARACTER, '');
}

/**
 * Throws for an answer that refuses; does nothing for any other.
 *
 * @throws KiipRefusedError with the platform's words, masked.
 */
export function assertNotRefused(answer: unknown, facts: AnswerFacts): void {
  const refusal = findRefusal(answer);
  if (refusal === null) return;
  const reason = refusal.text === null ? null : maskReason(refusal.text, facts.secrets ?? []);
  throw new KiipRefusedError(
    reason === null ? 'The platform refused the request, and did not say why.' : `The platform refused: ${reason}`,
    { operation: facts.operation, attempts: facts.attempts, status: facts.status, reason },
  );
}
