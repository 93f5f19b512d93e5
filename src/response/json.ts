import { KiipResponseError, type CallFacts } from '../errors/index.js';

/** What an answer's reader knows about where it came from. */
export interface AnswerFacts extends CallFacts {
  readonly status: number | null;
  readonly contentType: string | null;
  /** What the request held about the app and the player, to be masked in what the platform says. */
  readonly secrets?: readonly (string | number)[];
}

/** Facts for the parsers called by hand. */
export const BY_HAND: AnswerFacts = { operation: 'moment', attempts: 0, status: null, contentType: null };

function parse(text: string, facts: AnswerFacts): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (json.trim() === '') return null;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new KiipResponseError(
      'The answer is not JSON. If a proxy or a maintenance page stands in between, its status and content type tell.',
      facts,
    );
  }
}

/** Bytes as text, of whatever realm and in whatever view; anything else as it is. */
function decoded(body: unknown): unknown {
  const bytes = ArrayBuffer.isView(body) || tagOf(body) === '[object ArrayBuffer]';
  return bytes ? new TextDecoder().decode(body as ArrayBuffer | ArrayBufferView) : body;
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/** The object in an answer given as text, bytes or parsed value; `null` when it is empty (PROTOCOL K18, K19). */
export function readObject(body: unknown, facts: AnswerFacts): Record<string, unknown> | null {
  const given = typeof body === 'string' ? body : decoded(body);
  const value = typeof given === 'string' ? parse(given, facts) : given;
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object' || Array.isArray(value))
    throw new KiipResponseError('The answer is JSON, but not an object.', facts);
  // A Promise or a Response has none of the keys looked for, and would read as "no reward".
  if (tagOf(value) !== '[object Object]')
    throw new KiipResponseError(
      'This is neither text, bytes nor a parsed JSON object: pass what await response.text() returns.',
      facts,
    );
  return value as Record<string, unknown>;
}
