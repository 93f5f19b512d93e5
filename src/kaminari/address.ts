import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;

/**
 * The plain address in what a socket or a proxy calls one, or `''`: brackets, ports (some proxies add the client's) and IPv6 zones are
 * taken off, and an IPv4-mapped IPv6 address becomes IPv4.
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
