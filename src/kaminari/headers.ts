import { plainAddress } from './address.js';

/**
 * Everything that Kaminari learns about the visitor (PROTOCOL M4). Build it with `visitorFromRequest` or by hand.
 *
 * This is personal data: do not log it.
 */
export interface Visitor {
  /** The visitor's own address, sent as `x-original-ip` and `x-real-ip` (PROTOCOL M4a). `''` if unknown. */
  readonly ip: string;
  /** The addresses from the visitor to the last trusted proxy, sent as `x-forwarded-for`. `''` if unknown. */
  readonly forwardedFor: string;
  /** The visitor's headers. Only those listed in PROTOCOL M4 are ever sent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The client hints to request, spelt as in the `Accept-CH` header. */
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
 * The client hints that Kaminari wants, as a value for the `Accept-CH` response header (PROTOCOL M4). Browsers send most hints only to a site that
 * has already asked, so from the second page view on, and only over https or to localhost.
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

/** The headers to copy from the visitor (PROTOCOL M4). The three address headers are computed instead (PROTOCOL M4a, M5). */
export const PASSED_ON: ReadonlySet<string> = new Set([
  'user-agent',
  'accept-language',
  'referer',
  ...HINTS.map((name) => name.toLowerCase()),
]);

/** The mandatory headers and body fields of a ping, in lower case (PROTOCOL M1, M4, M7). */
export const MANDATORY: ReadonlySet<string> = new Set([
  'user-agent',
  'accept-language',
  'x-original-ip',
  'x-forwarded-for',
  'kmnrid',
  'kmnrkey',
]);

// CR, LF and NUL could split a header. Other control characters and anything beyond latin1 cannot go on the wire either.
const ON_THE_WIRE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header can carry this value unchanged (PROTOCOL M4). */
export const isHeaderValue = (value: string): boolean => ON_THE_WIRE.test(value);

/** Picks the visitor's headers to pass on: names on the list, in lower case, with values that a header can carry. */
export function allowedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (PASSED_ON.has(lower) && typeof value === 'string' && isHeaderValue(value)) allowed[lower] = value;
  }
  return allowed;
}

/**
 * Builds all headers of a ping. Mandatory headers that the visitor did not send go out empty; otherwise the HTTP client would fill in its own
 * `user-agent`.
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
