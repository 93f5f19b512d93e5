import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;

/**
 * Reads an address as a socket or a proxy writes it; `''` if it is not an address. Strips brackets, IPv6 zones and the ports that some proxies
 * add, and turns an IPv4-mapped IPv6 address into IPv4.
 */
export function plainAddress(text: string): string {
  const trimmed = text.trim();
  const [, bracketed, v4] = WITH_PORT.exec(trimmed) ?? [];
  const zoned = bracketed ?? v4 ?? trimmed;
  const zoneAt = zoned.indexOf('%');
  const address = zoneAt < 0 ? zoned : zoned.slice(0, zoneAt);
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : '';
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : address;
}

/** Whether `text` is one address and nothing else. */
export const isAddress = (text: string): boolean => isIP(text) !== 0;
