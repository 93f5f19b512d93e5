import { KiipResponseError, type CallFacts } from '../errors/index.js';

/** The facts about an answer that its reader puts into errors. */
export interface AnswerFacts extends CallFacts {
  readonly status: number | null;
  readonly contentType: string | null;
  /** Values of the request about the app and the player, which errors mask when they quote the platform. */
  readonly secrets?: readonly (string | number)[];
}

/** The facts for a parser that is called without a client. */
export const BY_HAND: AnswerFacts = { operation: 'moment', attempts: 0, status: null, contentType: null };

function parse(text: string, facts: AnswerFacts): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (json.trim() === '') return null;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new KiipResponseError(
      'The answer is not JSON. Look at its status and content type: a proxy or a maintenance page may have answered.',
      facts,
    );
  }
}

/** Decodes bytes of any realm and in any view; returns anything else as it is. */
function decoded(body: unknown): unknown {
  const bytes = ArrayBuffer.isView(body) || readTag(body) === '[object ArrayBuffer]';
  return bytes ? new TextDecoder().decode(body as ArrayBuffer | ArrayBufferView) : body;
}

const readTag = (value: unknown): string => Object.prototype.toString.call(value);

/** Reads the object in an answer given as text, bytes or parsed value; `null` when it is empty (PROTOCOL K18, K19). */
export function readObject(body: unknown, facts: AnswerFacts): Record<string, unknown> | null {
  const given = typeof body === 'string' ? body : decoded(body);
  const value = typeof given === 'string' ? parse(given, facts) : given;
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object' || Array.isArray(value))
    throw new KiipResponseError('The answer is JSON, but not an object.', facts);
  // Refuse a Promise or a Response: without the expected keys it would read as "no reward".
  if (readTag(value) !== '[object Object]')
    throw new KiipResponseError(
      'This is neither text, bytes nor a parsed JSON object: pass what await response.text() returns.',
      facts,
    );
  return value as Record<string, unknown>;
}
