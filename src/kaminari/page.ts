import { CLIENT_HINTS } from './headers.js';
import { createImpressionId, subsAmong } from './impression.js';
import { compileTrust, type TrustProxy } from './trust.js';
import type { Impression, Subs } from './types.js';
import { visitorFromRequest, type FetchRequestLike, type NodeRequestLike } from './visitor.js';

/** A request of any framework. */
export type WebRequest = NodeRequestLike | FetchRequestLike;

/** What a page needs. */
export interface PageLocals {
  readonly kmnrId: string;
  /** HTML: put it into the page as it is, without escaping. */
  readonly scriptTag: string;
}

/** What {@link KaminariClient.page} returns. */
export interface Page extends PageLocals {
  /** To be added to the page's own response headers. */
  readonly headers: { readonly 'accept-ch': string };
}

/** Options of {@link KaminariClient.page}. */
export interface PageOptions<Req> {
  /** The proxies that may say who the visitor is (PROTOCOL M5). Default: none. */
  readonly trustProxy?: TrustProxy | undefined;
  /** Who connected, where the request does not tell (fetch). */
  readonly ip?: string | undefined;
  /** The sub-tags of this impression. Anything but strings among them is left out. */
  readonly subs?: ((request: Req) => unknown) | undefined;
  /** The page's CSP nonce. */
  readonly nonce?: string | undefined;
  /** Who delivers the impression instead of this client's `ping`, such as the queue of `kiip-s2s/bullmq`. Its failure is warned about once. */
  readonly deliver?: ((impression: Impression) => unknown) | undefined;
}

/** Options of {@link KaminariClient.middleware} and {@link KaminariClient.fastifyHook}. */
export interface MiddlewareOptions<Req> extends Omit<PageOptions<Req>, 'ip' | 'nonce'> {
  /** Who connected, if not the socket's other end. */
  readonly ip?: ((request: Req) => string | undefined) | undefined;
  /** The page's CSP nonce, for example `(_req, res) => res.locals?.cspNonce`. */
  readonly nonce?: ((request: Req, response: ResponseLike) => unknown) | undefined;
  /** Requests that show no page: no ping, no script. Default: none. */
  readonly skip?: ((request: Req) => boolean) | undefined;
}

/** What an express, connect or node response has. */
export interface ResponseLike {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string): unknown;
  locals?: Record<string, unknown>;
}

/** What a fastify reply has. */
export interface ReplyLike {
  getHeader(name: string): number | string | readonly string[] | undefined;
  header(name: string, value: string): unknown;
  locals?: Record<string, unknown>;
}

/** `T`, but not a place to infer it from: a framework's own type of its handlers must not decide what `subs` is given. */
export type Given<T> = [T][T extends unknown ? 0 : never];

/** For `app.use` and routes of express and connect. */
export type Middleware<Req> = (request: Req, response: ResponseLike, next: (error?: unknown) => void) => void;

/** For `onRequest` of fastify. */
export type FastifyHook<Req> = (request: Req, reply: ReplyLike, done: (error?: Error) => void) => void;

/** The part of the client that pages need. */
export interface PageClient {
  ping(impression: Impression): Promise<unknown>;
  scriptTag(
    impression: { readonly kmnrId: string; readonly subs?: Subs | undefined },
    options?: { readonly nonce?: string | undefined },
  ): string;
}

const warned = new Set<string>();

/** Said once for each cause: a page view is no place for an error, and there are many of them. */
function warnOnce(what: string): void {
  if (warned.has(what)) return;
  warned.add(what);
  process.emitWarning(`Kaminari: ${what}. The page went out all the same; this is said once.`, { code: 'KIIP_KAMINARI_PAGE' });
}

function attempt<T>(work: () => T, fallback: T, what: string): T {
  try {
    return work();
  } catch {
    warnOnce(what);
    return fallback;
  }
}

/** Starts the delivery and makes the script; nothing that goes wrong gets out. */
export function pageFor<Req extends WebRequest>(client: PageClient, request: Req, options: PageOptions<Req>): Page {
  const kmnrId = createImpressionId();
  const subs = attempt(() => subsAmong(options.subs?.(request)), {}, 'the function given as subs threw');
  const scriptTag = attempt(() => client.scriptTag({ kmnrId, subs }, { nonce: options.nonce }), null, 'the CSP nonce is not one');
  attempt(
    () => {
      const impression = { kmnrId, subs, visitor: visitorFromRequest(request, options) };
      const deliver = options.deliver ?? ((given: Impression) => client.ping(given));
      Promise.resolve(deliver(impression)).catch(() => warnOnce('an impression could not be handed over'));
    },
    undefined,
    'the visitor could not be read from a request',
  );
  return { kmnrId, scriptTag: scriptTag ?? client.scriptTag({ kmnrId, subs }), headers: { 'accept-ch': CLIENT_HINTS } };
}

/** What the site asks for already, and our hints. */
function mergedHints(existing: number | string | readonly string[] | undefined): string {
  const theirs = existing === undefined ? [] : [existing].flat().join(',').split(',');
  const known = new Set<string>();
  return [...theirs, ...CLIENT_HINTS.split(',')]
    .map((hint) => hint.trim())
    .filter((hint) => hint !== '' && !known.has(hint.toLowerCase()) && known.add(hint.toLowerCase()))
    .join(', ');
}

/** The page of one request of a server framework, or `null` where there is none to be. */
function serve<Req extends NodeRequestLike>(
  client: PageClient,
  options: MiddlewareOptions<Req>,
  request: Req,
  response: ResponseLike,
): PageLocals | null {
  if (attempt(() => options.skip?.(request) === true, false, 'the function given as skip threw')) return null;
  const ip = attempt(() => options.ip?.(request), undefined, 'the function given as ip threw');
  const nonce = attempt(() => options.nonce?.(request, response), undefined, 'the function given as nonce threw');
  const { kmnrId, scriptTag } = pageFor(client, request, { ...options, ip, nonce: nonce === undefined ? undefined : String(nonce) });
  return { kmnrId, scriptTag };
}

const compiled = <Req>(options: MiddlewareOptions<Req>): MiddlewareOptions<Req> => ({
  ...options,
  trustProxy: compileTrust(options.trustProxy),
});

/** See {@link KaminariClient.middleware}. */
export function middlewareFor<Req extends NodeRequestLike>(client: PageClient, given: MiddlewareOptions<Req>): Middleware<Req> {
  const options = compiled(given);
  return (request, response, next) => {
    attempt(
      () => {
        const page = serve(client, options, request, response);
        if (page === null) return;
        response.setHeader('Accept-CH', mergedHints(response.getHeader('Accept-CH')));
        response.locals = Object.assign(response.locals ?? {}, { kaminari: page });
      },
      undefined,
      'the response could not be prepared',
    );
    next();
  };
}

/** See {@link KaminariClient.fastifyHook}. */
export function fastifyHookFor<Req extends NodeRequestLike>(client: PageClient, given: MiddlewareOptions<Req>): FastifyHook<Req> {
  const middleware = middlewareFor(client, given);
  return (request, reply, done) => {
    const response: ResponseLike = {
      getHeader: (name) => reply.getHeader(name),
      setHeader: (name, value) => reply.header(name, value),
      ...(reply.locals && { locals: reply.locals }),
    };
    middleware(request, response, () => {
      if (response.locals !== undefined) reply.locals = response.locals;
      done();
    });
  };
}
