type HeaderValue = string | readonly string[] | undefined;

/**
 * A request of node:http, Express, Fastify, Koa or a function host, or a fetch `Request`. Only its headers are read.
 */
export interface RequestWithHeaders {
  /** A `Headers` object, or names with values in any letter case. */
  readonly headers: { get(name: string): string | null } | Readonly<Record<string, HeaderValue>>;
}

const NAME = 'sec-gpc';

function findHeader(headers: RequestWithHeaders['headers']): HeaderValue | null {
  const { get } = headers as { readonly get?: unknown };
  if (typeof get === 'function') return (headers as Headers).get(NAME);
  const name = Object.keys(headers).find((key) => key.length === NAME.length && key.toLowerCase() === NAME);
  return name === undefined ? undefined : (headers as Readonly<Record<string, HeaderValue>>)[name];
}

/**
 * Whether a request carries the Global Privacy Control, `Sec-GPC: 1`, which browsers send for users who opted out of
 * the sale of their data everywhere (PROTOCOL K14). A missing header does not mean that the user agreed.
 *
 * @example
 * ```ts
 * import { consentFromSignals, gpcFromRequest } from 'kiip-s2s/consent';
 *
 * declare const request: Request;
 * const consent = consentFromSignals({ gpc: gpcFromRequest(request) });
 * ```
 */
export function gpcFromRequest(request: RequestWithHeaders): boolean {
  const { headers } = (request ?? {}) as Partial<RequestWithHeaders>;
  if (typeof headers !== 'object' || headers === null) return false;
  const value = findHeader(headers);
  const first = typeof value === 'string' ? value : value?.[0];
  return first?.trim() === '1';
}
