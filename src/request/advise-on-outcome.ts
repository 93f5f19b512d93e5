import { PLACE_RULES, type Advice } from './advise.js';
import { normalizeCountry } from './countries.js';
import { isInUs, type Place } from './places.js';

/** The part of a context that {@link adviseOnOutcome} reads. */
export interface WhereFrom {
  /** Where the player is. */
  readonly location?: Place | undefined;
  /** ISO 3166-1 alpha-2 code of the player's country. */
  readonly country?: string | undefined;
}

const US_CODES: ReadonlySet<string> = new Set(['US', 'PR', 'VI', 'GU', 'AS', 'MP', 'UM']);

function isFromOutsideUs({ location, country }: WhereFrom): boolean {
  if (location !== undefined) return !isInUs(location);
  const code = country === undefined ? null : normalizeCountry(country.trim());
  return code !== null && !US_CODES.has(code);
}

const isNothing = (result: unknown): boolean => {
  const { rewarded, reason, status } = (result ?? {}) as Record<string, unknown>;
  return (rewarded === false && reason === 'no_reward') || status === 403;
};

/**
 * Gives advice on the outcome of a moment: when a player outside the US got no reward or a 403, it quotes the two
 * sentences of the documents that may explain it (PROTOCOL K6, K15).
 *
 * @param context - the context of the call, or the part that says where the player is. Without a place or a country there is no advice.
 * @param result - the outcome of the moment, or the error of the rejected call.
 * @example
 * ```ts
 * import { adviseOnOutcome, type DeviceContext, type KiipClient } from 'kiip-s2s';
 *
 * declare const client: KiipClient;
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * const outcome = await client.moment('level_up', context);
 * for (const { message } of adviseOnOutcome(context, outcome)) console.warn(message);
 * ```
 */
export function adviseOnOutcome(context: WhereFrom, result: unknown): Advice[] {
  if (!isNothing(result) || !isFromOutsideUs(context)) return [];
  const path = context.location === undefined ? 'country' : 'location';
  const message = `is outside the US, which may be why no reward came. The documents say: "${PLACE_RULES.eea}" and "${PLACE_RULES.us}"`;
  return [{ code: 'unrewarded_outside_us', path, message }];
}
