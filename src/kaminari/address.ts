import ipaddr from 'ipaddr.js';
import { canonicalIpv6, isIpv4 } from '../check/ip-address.js';

const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;

function withoutZone(text: string): string {
  const zoneAt = text.indexOf('%');
  return zoneAt < 0 ? text : text.slice(0, zoneAt);
}

/**
 * Reads an address as a socket or a proxy writes it; `''` if it is not an address. Strips brackets, IPv6 zones and the ports that some proxies
 * add, and turns an IPv4-mapped IPv6 address into IPv4.
 */
export function plainAddress(text: string): string {
  const trimmed = text.trim();
  const [, bracketed, v4] = WITH_PORT.exec(trimmed) ?? [];
  const zoned = bracketed ?? v4 ?? trimmed;
  const address = withoutZone(zoned);
  if (isIpv4(address)) return address;
  if (canonicalIpv6(address) === null) return '';
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : address;
}

/** Whether `text` is one address, perhaps with an IPv6 zone, and nothing else. */
export const isAddress = (text: string): boolean => isIpv4(text) || canonicalIpv6(withoutZone(text)) !== null;
