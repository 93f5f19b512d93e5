import { normalizeCountry } from '../request/countries.js';
import type { Settings } from './client-options.js';

/** Whether a call is blocked: nothing of a player from this country may be sent (PROTOCOL K15). */
export function isBlocked(
  { country }: { readonly country?: string | undefined },
  { blockedCountries, blocksUnknown }: Settings,
): boolean {
  const code = country === undefined ? null : normalizeCountry(country.trim());
  return code === null ? blocksUnknown : blockedCountries.has(code);
}
