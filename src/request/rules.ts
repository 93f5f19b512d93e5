import ipaddr from 'ipaddr.js';

const UNCLEAN = /[\p{Cc}\p{Surrogate}]/u;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_CHARACTERS = /^[\da-f:.]*:[\da-f:.]*$/i;
const PUBLIC_RANGES: ReadonlySet<string> = new Set(['unicast', '6to4', 'teredo', 'rfc6052', 'rfc6145']);
const PLAIN_LOCALE = /^[a-z]{2,3}(?:_[A-Z]{2})?$/;
const RESOLUTION = /^[1-9]\d{0,5}x[1-9]\d{0,5}$/;

// prettier-ignore
const STATES = new Set([
  'AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA', 'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO',
  'MT', 'NE', 'NV', 'NH', 'NJ', 'NM', 'NY', 'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA', 'WV', 'WI', 'WY',
  'DC', 'AS', 'GU', 'MP', 'PR', 'VI', 'UM',
]);

/** The 27 states of the EU with Iceland, Liechtenstein and Norway (PROTOCOL K15). */
// prettier-ignore
export const EEA: ReadonlySet<string> = new Set([
  'AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT', 'NL', 'PL', 'PT', 'RO', 'SK', 'SI',
  'ES', 'SE', 'IS', 'LI', 'NO',
]);

/** No control characters and no lone surrogates (PROTOCOL K12). */
export const isCleanText = (text: string): boolean => !UNCLEAN.test(text);

/** A two-letter code of a US state, DC or a territory (PROTOCOL K14). */
export const isUsState = (text: string): boolean => STATES.has(text);

export const isResolution = (text: string): boolean => RESOLUTION.test(text);

/** An IPv6 address in its canonical form, or `null`. The platform's own URL parser knows every spelling, a dotted tail included. */
function canonicalIpv6(text: string): string | null {
  if (!IPV6_CHARACTERS.test(text)) return null;
  try {
    return new URL(`http://[${text}]`).hostname.slice(1, -1);
  } catch {
    return null;
  }
}

/** The address as it is sent, or `null` for what is none. IPv4-mapped IPv6 becomes IPv4 (PROTOCOL K12). */
export function normalizeIp(text: string): string | null {
  if (IPV4.test(text)) return text;
  const canonical = canonicalIpv6(text);
  if (canonical === null) return null;
  const address = ipaddr.IPv6.parse(canonical);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : text;
}

/** Whether the address belongs to a device on the internet: private, loopback, reserved … ranges do not. */
export function isPublicIp(text: string): boolean {
  const address = IPV4.test(text) ? text : canonicalIpv6(text);
  return address !== null && PUBLIC_RANGES.has(ipaddr.process(address).range());
}

/**
 * The locale as it is sent (`en_US`), or `null` for what is none. `en-US` and other BCP 47 tags are converted (PROTOCOL K12); what a tag
 * says beyond language, script and region (`-u-ca-…`) is left out.
 */
export function normalizeLocale(text: string): string | null {
  if (PLAIN_LOCALE.test(text)) return text;
  try {
    return new Intl.Locale(text.replaceAll('_', '-')).baseName.replaceAll('-', '_');
  } catch {
    return null;
  }
}
