// prettier-ignore
const EEA_MEMBERS = [
  'AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT', 'NL', 'PL', 'PT', 'RO', 'SK', 'SI',
  'ES', 'SE', 'IS', 'LI', 'NO',
] as const;

/**
 * The European Economic Area as ISO 3166-1 alpha-2 codes: the 27 members of the EU, Iceland, Liechtenstein and Norway, and the parts of
 * them that have codes of their own: Åland, French Guiana, Guadeloupe, Martinique, Réunion, Mayotte and Saint Martin (PROTOCOL K15).
 *
 * @example
 * ```ts
 * import { EEA_COUNTRIES } from 'kiip-s2s';
 *
 * EEA_COUNTRIES.includes('IS'); // true
 * ```
 */
export const EEA_COUNTRIES: readonly string[] = Object.freeze([
  ...EEA_MEMBERS,
  'AX',
  'GF',
  'GP',
  'MQ',
  'RE',
  'YT',
  'MF',
]);

/**
 * The countries whose law is the GDPR or a copy of it: the EEA, the United Kingdom, Switzerland, Gibraltar, Jersey, Guernsey and the
 * Isle of Man (PROTOCOL K15).
 *
 * @example
 * ```ts
 * import { GDPR_COUNTRIES } from 'kiip-s2s';
 *
 * GDPR_COUNTRIES.includes('GB'); // true
 * ```
 */
export const GDPR_COUNTRIES: readonly string[] = Object.freeze([...EEA_COUNTRIES, 'GB', 'CH', 'GI', 'JE', 'GG', 'IM']);

/** A group of countries by name. */
export type CountryGroup = 'eea' | 'gdpr';

const GROUPS: Readonly<Record<CountryGroup, readonly string[]>> = { eea: EEA_COUNTRIES, gdpr: GDPR_COUNTRIES };
/** Codes of the EU's own style, read as their ISO codes. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['EL', 'GR'],
  ['UK', 'GB'],
]);
const CODE = /^[A-Za-z]{2}$/;

/** A country's code in capitals, `EL` and `UK` as `GR` and `GB`; `null` when the text is not two letters. */
export function normalizeCountry(text: string): string | null {
  if (!CODE.test(text)) return null;
  const code = text.toUpperCase();
  return ALIASES.get(code) ?? code;
}

/** Whether a text is the name of a group or a country's code. `EU` is not a country code, so it is refused: use `eea`. */
export function isCountryOrGroup(text: string): boolean {
  if (Object.hasOwn(GROUPS, text)) return true;
  const code = normalizeCountry(text);
  return code !== null && code !== 'EU';
}

/** Expands groups to country codes, each once. Drops anything else. */
export function listCountries(given: CountryGroup | readonly string[]): ReadonlySet<string> {
  const codes = new Set<string>();
  for (const name of typeof given === 'string' ? [given] : given) {
    const code = normalizeCountry(name);
    if (code !== null) codes.add(code);
    for (const member of GROUPS[name as CountryGroup] ?? []) codes.add(member);
  }
  return codes;
}
