import { checkCallOptions } from '../check/check-options.js';
import { normalizeState } from '../request/rules.js';
import * as z from '../zod.js';
import { readGpp } from './gpp.js';

/** The signals that {@link consentFromSignals} reads. Leave out those you do not have. */
export interface ConsentSignals {
  /** The player's own choice in your game: `true` means opted out of the sale of data. */
  readonly choice?: boolean | undefined;
  /**
   * Whether the browser sent the Global Privacy Control; see {@link gpcFromRequest}. `false` does not mean that the
   * user agreed.
   */
  readonly gpc?: boolean | undefined;
  /** The IAB's older `us_privacy` string, such as `1YNN`. */
  readonly usPrivacy?: string | null | undefined;
  /** The IAB's Global Privacy Platform string, such as `DBABLA~BVQqAAAAAgA.QA`. */
  readonly gpp?: string | null | undefined;
  /** The two-letter code of the player's US state. Any other text, such as a region of another country, is dropped. */
  readonly state?: string | null | undefined;
}

/** The name of the signal that decided. */
export type ConsentBasis = 'choice' | 'gpc' | 'usPrivacy' | 'gpp';

/** The consent that the signals amount to. */
export interface SignalledConsent {
  /** Whether the player opted out of the sale of data. */
  readonly optedOut: boolean;
  /** The two-letter code of the US state, if given. */
  readonly state?: string | undefined;
  /** The signal that decided. If several agree, it is the first of `choice`, `gpc`, `usPrivacy` and `gpp`. */
  readonly basis: ConsentBasis;
}

const text = z.union([z.string(), z.literal(null)], { error: 'must be a string or null, or left out' }).optional();
const yesOrNo = z.optional(z.boolean('must be true or false'));
const schema = z.strictObject({ choice: yesOrNo, gpc: yesOrNo, usPrivacy: text, gpp: text, state: text });

const US_PRIVACY = /^1[YN-]([YN-])[YN-]$/i;

/** Reads the third place of a `us_privacy` string: `Y` opted out, `N` did not, `-` does not apply. */
function readUsPrivacy(given: string): boolean | null {
  const answer = US_PRIVACY.exec(given.trim())?.[1]?.toUpperCase();
  if (answer === 'Y') return true;
  return answer === 'N' ? false : null;
}

/**
 * Combines a player's choice with the signals of a browser or a consent platform about the sale of data. Any opt-out
 * wins. A signal that is missing, does not apply or cannot be read is ignored; it never counts as "opted in"
 * (PROTOCOL K14).
 *
 * @returns the consent, or `null` when no signal says anything.
 * @throws KiipValidationError when a signal has a wrong type or an unknown name.
 * @example
 * ```ts
 * import { consentFromSignals } from 'kiip-s2s/consent';
 *
 * consentFromSignals({ choice: false, gpc: true, state: 'CA' }); // { optedOut: true, state: 'CA', basis: 'gpc' }
 * consentFromSignals({ usPrivacy: '1YNN' }); // { optedOut: false, basis: 'usPrivacy' }
 * consentFromSignals({ usPrivacy: '1---' }); // null
 * ```
 */
export function consentFromSignals(signals: ConsentSignals): SignalledConsent | null {
  checkCallOptions(schema, signals);
  const { choice, gpc, usPrivacy, gpp, state } = signals;
  const said: readonly (readonly [ConsentBasis, boolean | null])[] = [
    ['choice', choice ?? null],
    ['gpc', gpc === true ? true : null],
    ['usPrivacy', typeof usPrivacy === 'string' ? readUsPrivacy(usPrivacy) : null],
    ['gpp', typeof gpp === 'string' ? readGpp(gpp) : null],
  ];
  const decided = said.find(([, optedOut]) => optedOut === true) ?? said.find(([, optedOut]) => optedOut === false);
  if (decided === undefined) return null;
  const [basis, optedOut] = decided;
  const code = normalizeState(state ?? '');
  return code === null ? { optedOut: optedOut === true, basis } : { optedOut: optedOut === true, state: code, basis };
}
