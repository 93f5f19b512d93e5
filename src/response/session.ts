import { parseUtcDate } from './dates.js';
import { BY_HAND, readObject, type AnswerFacts } from './json.js';
import { assertNotRefused } from './refusal.js';

/** The platform's receipt for the start or end of a session. */
export interface SessionReceipt {
  /** When the platform noted it; `null` when it did not say. */
  readonly date: Date | null;
  /** The date as sent: UTC with microseconds and no zone (PROTOCOL K16). */
  readonly dateText: string | null;
  /** Present when nothing was sent: the player's country is blocked (PROTOCOL K15). */
  readonly skipped?: 'blocked_country' | undefined;
  /** The whole answer, including keys unknown to this version. */
  readonly raw: unknown;
}

/** Does what {@link parseSessionResponse} does, with the facts of a call for its errors. */
export function readSession(body: unknown, facts: AnswerFacts): SessionReceipt {
  const raw = readObject(body, facts);
  assertNotRefused(raw, facts);
  const dateText = typeof raw?.['date'] === 'string' && raw['date'] !== '' ? raw['date'] : null;
  return { date: parseUtcDate(dateText), dateText, raw };
}

/**
 * Reads the answer to a session call.
 *
 * @param body - Text, bytes or the parsed value.
 * @throws {@link KiipResponseError} when the answer is neither empty nor a JSON object (PROTOCOL K19), and {@link KiipRefusedError}
 * when it is a refusal (PROTOCOL K17a).
 * @example
 * ```ts
 * import { parseSessionResponse } from 'kiip-s2s';
 *
 * parseSessionResponse('{"date":"2015-01-28T01:32:24.697136"}').date?.toISOString(); // 2015-01-28T01:32:24.697Z
 * ```
 */
export function parseSessionResponse(body: unknown): SessionReceipt {
  return readSession(body, { ...BY_HAND, operation: 'session_start' });
}
