// IP addresses without `node:net`, which workers do not have.
import { parseUrl } from './base-url.js';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_CHARACTERS = /^[\da-f:.]+$/i;
const LONGEST_IP = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length;

/** Whether the text is an IPv4 address in four decimal parts. */
export const isIpv4 = (text: string): boolean => IPV4.test(text);

/** Returns an IPv6 address in its canonical form, or `null`. `URL` parses every spelling, including a dotted tail. */
export function canonicalIpv6(text: string): string | null {
  // The text comes from outside: check its length before anything else.
  if (text.length > LONGEST_IP || !text.includes(':') || !IPV6_CHARACTERS.test(text)) return null;
  return parseUrl(`http://[${text}]`)?.hostname.slice(1, -1) ?? null;
}
