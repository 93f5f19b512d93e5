import { checkCallOptions } from '../check/check-options.js';
import { KiipValidationError } from '../errors/index.js';
import * as z from '../zod.js';
import { plainAddress } from './address.js';
import { isHeaderValue, PASSED_ON, type Visitor } from './headers.js';
import { compileTrust, trustedChain, type TrustProxy } from './trust.js';

/** The part that requests of express, fastify, koa (`ctx` or `ctx.request`), connect and `node:http` share. */
export interface NodeRequestLike {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string | undefined } | null | undefined;
}

/** A fetch `Request` (Hono, Next.js, Deno, workers). It does not hold the remote address: pass that as `ip`. */
export interface FetchRequestLike {
  readonly headers: { get(name: string): string | null };
}

/** Options of {@link visitorFromRequest}. */
export interface VisitorOptions {
  /** The proxies to believe about the visitor's address; see {@link TrustProxy}. @defaultValue none */
  readonly trustProxy?: TrustProxy | undefined;
  /**
   * The remote address of the connection. It replaces the socket's; a fetch `Request` does not hold one, so pass it
   * there.
   * @defaultValue the socket's remote address
   */
  readonly ip?: string | undefined;
}

/** The headers whose repeated values form a list. Of any other header the first value counts. */
const LISTS: ReadonlySet<string> = new Set(['accept-language', 'sec-ch-ua', 'x-forwarded-for']);

const visitorRules = z.strictObject({
  // compileTrust checks it, because it knows what Express accepts.
  trustProxy: z.optional(z.unknown()),
  ip: z.optional(z.string('must be an address as a string')),
});

function makeReader(
  headers: NodeRequestLike['headers'] | FetchRequestLike['headers'],
): (name: string) => string | undefined {
  if (typeof headers.get === 'function') {
    const fetched = headers as FetchRequestLike['headers'];
    return (name) => fetched.get(name) ?? undefined;
  }
  const plain = headers as NodeRequestLike['headers'];
  return (name) => {
    const value = plain[name];
    return value === undefined || typeof value === 'string' ? value : LISTS.has(name) ? value.join(', ') : value[0];
  };
}

/**
 * Reads what Kaminari needs to know about the visitor: an address that the visitor cannot forge, and the headers of PROTOCOL M4. Cookies,
 * authorization and everything else stay here.
 *
 * Without `trustProxy` the address is the socket's, and the visitor's `X-Forwarded-For`, `X-Real-IP` and `X-Original-Ip` are dropped
 * (PROTOCOL M5). Behind a proxy, set `trustProxy`; otherwise every visitor gets the proxy's address.
 *
 * @param request - a node, express, fastify or koa request, or a fetch `Request` with `ip` in the options.
 * @throws KiipConfigError when Express would refuse `trustProxy`. KiipValidationError when the request is missing, or an option is wrong or
 * misspelt.
 * @example
 * ```ts
 * import type { IncomingMessage } from 'node:http';
 * import { visitorFromRequest } from 'kiip-s2s/kaminari';
 *
 * declare const req: IncomingMessage;
 * const visitor = visitorFromRequest(req, { trustProxy: 'loopback' });
 * ```
 */
export function visitorFromRequest(request: NodeRequestLike | FetchRequestLike, options: VisitorOptions = {}): Visitor {
  if (typeof request?.headers !== 'object' || request.headers === null)
    throw new KiipValidationError([
      { path: 'request', message: 'must be a node, express, fastify or koa request, or a fetch Request' },
    ]);
  checkCallOptions(visitorRules, options);
  const read = makeReader(request.headers);
  const trust = compileTrust(options.trustProxy);
  const connected = plainAddress(options.ip ?? ('socket' in request ? request.socket?.remoteAddress : undefined) ?? '');
  const chain = trustedChain(connected, read('x-forwarded-for') ?? '', trust);
  const headers: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = read(name);
    if (value !== undefined && isHeaderValue(value)) headers[name] = value;
  }
  return {
    ip: chain.at(-1) ?? '',
    forwardedFor: chain
      .filter((address) => address !== '')
      .reverse()
      .join(', '),
    headers,
  };
}
