import { plainAddress } from './address.js';
import type { Visitor } from './types.js';

/** What the visitor's browser is asked for, in the spelling of the `Accept-CH` header. */
const HINTS = [
  'Sec-CH-UA',
  'Sec-CH-UA-Arch',
  'Sec-CH-UA-Full-Version',
  'Sec-CH-UA-Mobile',
  'Sec-CH-UA-Model',
  'Sec-CH-UA-Platform',
  'Sec-CH-UA-Platform-Version',
  'Device-Memory',
  'DPR',
  'Viewport-Width',
] as const;

/**
 * The value of the `Accept-CH` response header: the client hints that Kaminari wants (PROTOCOL M4). A browser sends most of them only
 * after the site answered with it, from the second page view on, and only over https (or to localhost).
 *
 * @example
 * ```ts
 * import type { ServerResponse } from 'node:http';
 * import { CLIENT_HINTS } from 'kiip-s2s/kaminari';
 *
 * declare const response: ServerResponse;
 * response.setHeader('Accept-CH', CLIENT_HINTS);
 * ```
 */
export const CLIENT_HINTS: string = HINTS.join(', ');

/** The headers that are copied from the visitor (PROTOCOL M4); the three address headers are computed instead (PROTOCOL M4a, M5). */
export const PASSED_ON: ReadonlySet<string> = new Set([
  'user-agent',
  'accept-language',
  'referer',
  ...HINTS.map((name) => name.toLowerCase()),
]);

/** The headers and the fields of the body, in lower case, without which a ping is not fine (PROTOCOL M1, M4, M7). */
export const MANDATORY: ReadonlySet<string> = new Set([
  'user-agent',
  'accept-language',
  'x-original-ip',
  'x-forwarded-for',
  'kmnrid',
  'kmnrkey',
]);

// CR, LF and NUL could split a header; no other control character and nothing beyond latin1 can be put on the wire either.
const ON_THE_WIRE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header can carry this value without ending or changing its meaning (PROTOCOL M4). */
export const isHeaderValue = (value: string): boolean => ON_THE_WIRE.test(value);

/** The visitor's own headers that may be passed on: only names of the list, lower case, only values that a header can carry. */
export function allowedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (PASSED_ON.has(lower) && typeof value === 'string' && isHeaderValue(value)) allowed[lower] = value;
  }
  return allowed;
}

/**
 * Every header of a ping. The mandatory ones are always there, empty when the visitor sent none: otherwise the HTTP client's own
 * `user-agent` would stand in for the visitor's.
 */
export function pingHeaders(visitor: Visitor): Record<string, string> {
  const ip = plainAddress(visitor.ip);
  return {
    accept: 'application/json',
    'content-type': 'application/json;charset=UTF-8',
    'user-agent': '',
    'accept-language': '',
    ...allowedHeaders(visitor.headers),
    'x-original-ip': ip,
    ...(ip !== '' && { 'x-real-ip': ip }),
    'x-forwarded-for': visitor.forwardedFor,
  };
}
