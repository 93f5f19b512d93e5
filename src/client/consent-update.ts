import { withinTimeLimit } from '../check/time-limit.js';
import { KiipConnectionError, KiipValidationError, type ValidationIssue } from '../errors/index.js';
import type { ConsentUpdate } from '../request/consent-report.js';
import type { MomentPayload, SessionPayload } from '../request/payload.js';
import { normalizeState } from '../request/rules.js';
import type { ConsentStore } from '../stores/consent-store.js';
import { findPair } from './consent-delivery.js';

const REFUSED: readonly ValidationIssue[] = [
  {
    path: 'consent',
    message: "is refused with a consentStore, which has the player's choice: give new choices to updateConsent()",
  },
];

/** Refuses a consent in the context of a client with a consent store, which supplies it. */
export function listConsentIssues(store: ConsentStore | null, context: unknown): readonly ValidationIssue[] {
  const { consent } = (context ?? {}) as { readonly consent?: unknown };
  return store === null || consent === undefined ? [] : REFUSED;
}

/**
 * How `updateConsent` ended. `delivered`: the platform knows the choice for this device. `pending`: it is stored and
 * goes out with the next call. `unchanged`: the platform knew it already. `stale`: the player has made a newer choice.
 */
export type ConsentUpdateOutcome = 'delivered' | 'pending' | 'unchanged' | 'stale';

/** How far apart the clocks of backends may be, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** The times given to choices in the latest millisecond, by user id. */
const latest = { at: 0, times: new Map<unknown, number>() };

/**
 * Returns when a choice was made: the given time, or now. A time more than `CLOCK_TOLERANCE_MS` ahead comes from a
 * wrong clock, and would make every later choice stale, even an opt-out. So it is read as now.
 *
 * A store keeps the first of two choices with the same time, so of two calls in one millisecond the later one gets the
 * next millisecond.
 */
export function readChoiceTime(userId: unknown, given: Date | undefined): Date {
  const now = Date.now();
  if (given !== undefined && given.getTime() < now) return given;
  if (given !== undefined && given.getTime() > now && given.getTime() <= now + CLOCK_TOLERANCE_MS) return given;
  // A latest time far ahead means that the clock has been set back.
  if (latest.at < now || latest.at > now + 1_000) {
    latest.times.clear();
    latest.at = now;
  }
  const at = Math.max(now, (latest.times.get(userId) ?? 0) + 1);
  latest.times.set(userId, at);
  latest.at = Math.max(latest.at, at);
  return new Date(at);
}

/** The arguments of {@link storeAndSend}. */
export interface UpdateParts {
  readonly store: ConsentStore;
  /** The session call that carries the choice, already checked. */
  readonly payload: SessionPayload | MomentPayload;
  readonly choice: ConsentUpdate & { readonly at: Date };
  /** Milliseconds for storing and sending together. */
  readonly limitMs: number;
  /** Makes the session call within the milliseconds that are left. Resolves with whether it was sent. */
  send(deadlineMs: number): Promise<boolean>;
}

function failedStore(): KiipConnectionError {
  return new KiipConnectionError(
    'The consent store failed or was too slow, so the choice may not be stored, and nothing was sent. Check the store and try again.',
    {
      operation: 'session_start',
      attempts: 0,
      reason: 'consent_store',
    },
  );
}

/**
 * Stores a choice and sends it to the platform.
 *
 * @throws KiipValidationError without a user id, KiipConnectionError when the store fails before it has the choice.
 */
export async function storeAndSend({
  store,
  payload,
  choice,
  limitMs,
  send,
}: UpdateParts): Promise<ConsentUpdateOutcome> {
  const pair = findPair(payload);
  if (pair === null) {
    const message = 'is required: the platform matches a choice on user id and device id together';
    throw new KiipValidationError([{ path: 'user.userId', message }]);
  }
  const deadlineAt = performance.now() + limitMs;
  const leftMs = (): number => Math.max(0, deadlineAt - performance.now());
  const state = normalizeState(choice.state ?? '') ?? undefined;
  const put = async () => store.put(pair.userId, { optedOut: choice.optedOut, state, at: choice.at });
  const stored = await withinTimeLimit(put(), limitMs, failedStore).catch(() => {
    throw failedStore();
  });
  if (stored === 'stale') return 'stale';
  // The choice is stored now: whatever fails below, a later call delivers it.
  try {
    const due = await withinTimeLimit(store.due(pair.userId, pair.deviceId), leftMs(), failedStore);
    if (due === null) return stored === 'unchanged' ? 'unchanged' : 'delivered';
    return (await send(leftMs())) ? 'delivered' : 'pending';
  } catch {
    return 'pending';
  }
}
