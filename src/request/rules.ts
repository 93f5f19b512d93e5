import ipaddr from 'ipaddr.js';
import { canonicalIpv6, isIpv4 } from '../check/ip-address.js';

// Every text here comes from outside and may have any length, so each pattern must run in linear time.

const UNCLEAN = /[\p{Cc}\p{Surrogate}]/u;
const PUBLIC_RANGES: ReadonlySet<string> = new Set(['unicast', '6to4', 'teredo', 'rfc6052', 'rfc6145']);
const RESOLUTION = /^[1-9]\d{0,5}x[1-9]\d{0,5}$/;
const NOT_IN_EMAIL = /[\s\p{Cc}\p{Surrogate}]/u;

// prettier-ignore
const STATES: ReadonlySet<string> = new Set([
  'AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA', 'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO',
  'MT', 'NE', 'NV', 'NH', 'NJ', 'NM', 'NY', 'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA', 'WV', 'WI', 'WY',
  'DC', 'AS', 'GU', 'MP', 'PR', 'VI', 'UM',
]);

/** Whether a text has no control characters and no lone surrogates (PROTOCOL K12). */
export const isCleanText = (text: string): boolean => !UNCLEAN.test(text);

/** Returns the two capital letters of a US state, DC or a territory, or `null` (PROTOCOL K14). Accepts any case. */
export function normalizeState(text: string): string | null {
  const state = text.trim().toUpperCase();
  return STATES.has(state) ? state : null;
}

/** Whether a text is `<width>x<height>` in pixels (PROTOCOL K12). */
export const isResolution = (text: string): boolean => RESOLUTION.test(text);

/**
 * Whether a text may be an e-mail address: an `@` with text on both sides, no white space and no control characters. It is no stricter,
 * because real addresses break most patterns (PROTOCOL K12).
 */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  return at > 0 && at < text.length - 1 && !NOT_IN_EMAIL.test(text);
}

/** Returns the accuracy as it is sent: whole metres, rounded up. `null` for 0 and less, which phones report when they do not know (PROTOCOL K7). */
export function normalizeAccuracy(metres: number): number | null {
  return metres > 0 ? Math.min(Math.ceil(metres), Number.MAX_SAFE_INTEGER) : null;
}

/** Whether a `close_button` of the wire hides the button: `false` or `0`, as text too. `""` does not (PROTOCOL K8). */
export const hidesCloseButton = (value: unknown): boolean =>
  value === false || value === 0 || value === 'false' || value === '0';

/** Returns the address as it is sent, or `null` when the text is not an IP address. IPv4-mapped IPv6 becomes IPv4 (PROTOCOL K12). */
export function normalizeIp(text: string): string | null {
  if (isIpv4(text)) return text;
  const canonical = canonicalIpv6(text);
  if (canonical === null) return null;
  const address = ipaddr.IPv6.parse(canonical);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : text;
}

/** Whether the address can belong to a device on the internet; `false` for private, loopback and reserved ranges. */
export function isPublicIp(text: string): boolean {
  const address = isIpv4(text) ? text : canonicalIpv6(text);
  return address !== null && PUBLIC_RANGES.has(ipaddr.process(address).range());
}
