import { warnOnce } from '../check/warn.js';
import { isKiipError, type KiipValidationError } from '../errors/index.js';
import { CLIENT_HINTS } from './headers.js';
import { createImpressionId, subsAmong } from './impression.js';
import { readMiddlewareOptions, type MiddlewareOptions, type PageOptions, type ResponseLike } from './page-options.js';
import type { ScriptTagOptions } from './script-tag.js';
import type { Impression, Subs } from './types.js';
import { visitorFromRequest, type FetchRequestLike, type NodeRequestLike } from './visitor.js';

/** A request of any framework. */
export type WebRequest = NodeRequestLike | FetchRequestLike;

/** The values to put into a page. */
export interface PageLocals {
  /** The id of this view, the same in the ping and in the script. */
  readonly kmnrId: string;
  /** HTML to insert into the page without escaping. */
  readonly scriptTag: string;
}

/** The result of {@link KaminariClient.page}. */
export interface Page extends PageLocals {
  /** Add these to the page's response headers: `accept-ch`, and with `criticalHints` also `critical-ch`. */
  readonly headers: { readonly 'accept-ch': string; readonly [name: string]: string };
}

/** The part of a fastify reply that the hook needs. */
export interface ReplyLike {
  getHeader(name: string): number | string | readonly string[] | undefined;
  header(name: string, value: string): unknown;
  locals?: Record<string, unknown>;
}

/** `T`, hidden from inference, because Fastify's own hook types would make it `never`. */
export type Given<T> = [T][T extends unknown ? 0 : never];

/** A middleware for `app.use` and routes of express and connect. */
export type Middleware<Req> = (request: Req, response: ResponseLike, next: (error?: unknown) => void) => void;

/** A hook for fastify's `onRequest`. */
export type FastifyHook<Req> = (request: Req, reply: ReplyLike, done: (error?: Error) => void) => void;

/** The part of the client that pages need. */
export interface PageClient {
  ping(impression: Impression): Promise<unknown>;
  scriptTag(
    impression: { readonly kmnrId: string; readonly subs?: Subs | undefined },
    options?: ScriptTagOptions,
  ): string;
}

/** Warns once for each cause. A page view must not throw, and a warning for each view would flood the log. */
const warnOfPage = (what: string): void =>
  warnOnce(
    'KIIP_KAMINARI_PAGE',
    `Kaminari: ${what}. The page went out all the same; this is said once.`,
    `KIIP_KAMINARI_PAGE ${what}`,
  );

function attempt(work: () => void, what: string): void {
  try {
    work();
  } catch {
    warnOfPage(what);
  }
}

/** Calls a function of the caller's; returns `undefined` if it throws or returns a promise, because the page does not wait. */
function ask<Answer>(name: string, answer: () => Answer): Answer | undefined {
  try {
    const answered = answer();
    if (!(answered instanceof Promise)) return answered;
    answered.catch(() => undefined);
    warnOfPage(`the function given as ${name} returned a promise, and a page waits for none`);
  } catch {
    warnOfPage(`the function given as ${name} threw`);
  }
  return undefined;
}

/** Builds the script, dropping an invalid nonce or `cnvId`. Without a nonce, CSP may block the script, but the page renders. */
function buildScript(
  client: PageClient,
  impression: { readonly kmnrId: string; readonly subs: Subs },
  { nonce, cnvId, onResponse }: ScriptTagOptions,
): string {
  try {
    return client.scriptTag(impression, { nonce, cnvId, onResponse });
  } catch (error) {
    const wrong = (isKiipError(error) ? (error as KiipValidationError).issues : []).map(({ path }) => path);
    warnOfPage(`the script cannot carry the given ${wrong.join(' and ')}`);
    return client.scriptTag(impression, {
      nonce: wrong.includes('nonce') ? undefined : nonce,
      cnvId: wrong.includes('cnvId') ? undefined : cnvId,
      onResponse,
    });
  }
}

/** Quotes only configuration errors: they say what to install or change, and nobody else would hear of them. */
const describeUndelivered = (error: unknown): string =>
  isKiipError(error) && error.code === 'config'
    ? `an impression could not be handed over: ${error.message.replace(/\.$/, '')}`
    : 'an impression could not be handed over';

/** Starts the delivery and builds the script. Never throws. */
export function pageFor<Req extends WebRequest>(client: PageClient, request: Req, options: PageOptions<Req>): Page {
  const kmnrId = createImpressionId();
  const subs = subsAmong(ask('subs', () => options.subs?.(request)));
  attempt(() => {
    const { ip, trustProxy } = options;
    const impression = { kmnrId, subs, visitor: visitorFromRequest(request, { ip, trustProxy }) };
    const deliver = options.deliver ?? ((given: Impression) => client.ping(given));
    Promise.resolve(deliver(impression)).catch((error: unknown) => warnOfPage(describeUndelivered(error)));
  }, 'the visitor could not be read from a request, or deliver threw');
  return {
    kmnrId,
    scriptTag: buildScript(client, { kmnrId, subs }, options),
    headers: { 'accept-ch': CLIENT_HINTS, ...(options.criticalHints === true && { 'critical-ch': CLIENT_HINTS }) },
  };
}

/** Adds our hints to those that the site already requests. */
function mergeHints(existing: number | string | readonly string[] | undefined): string {
  const theirs = existing === undefined ? [] : [existing].flat().join(',').split(',');
  const known = new Set<string>();
  return [...theirs, ...CLIENT_HINTS.split(',')]
    .map((hint) => hint.trim())
    .filter((hint) => hint !== '' && !known.has(hint.toLowerCase()) && known.add(hint.toLowerCase()))
    .join(', ');
}

/** Converts a value from a function of the caller's to text. */
const toText = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : String(value);

/** Prepares the page for one request; `null` if the caller's `skip` excludes it. */
function serve<Req extends NodeRequestLike>(
  client: PageClient,
  options: MiddlewareOptions<Req>,
  request: Req,
  response: ResponseLike,
): PageLocals | null {
  if (ask('skip', () => options.skip?.(request)) === true) return null;
  const ip = ask('ip', () => options.ip?.(request));
  const nonce = toText(ask('nonce', () => options.nonce?.(request, response)));
  const cnvId = toText(ask('cnvId', () => options.cnvId?.(request)));
  const { kmnrId, scriptTag } = pageFor(client, request, { ...options, ip, nonce, cnvId });
  return { kmnrId, scriptTag };
}

/** See {@link KaminariClient.middleware}. */
export function middlewareFor<Req extends NodeRequestLike>(
  client: PageClient,
  given: MiddlewareOptions<Req>,
): Middleware<Req> {
  const options = readMiddlewareOptions(given);
  return (request, response, next) => {
    attempt(() => {
      const page = serve(client, options, request, response);
      if (page === null) return;
      // Set the locals first: setting a header throws if the headers are already sent, and the page needs the locals.
      response.locals = Object.assign(response.locals ?? {}, { kaminari: page });
      const names = options.criticalHints === true ? ['Accept-CH', 'Critical-CH'] : ['Accept-CH'];
      for (const name of names) response.setHeader(name, mergeHints(response.getHeader(name)));
    }, 'the response could not be prepared');
    next();
  };
}

/** See {@link KaminariClient.fastifyHook}. */
export function fastifyHookFor<Req extends NodeRequestLike>(
  client: PageClient,
  given: MiddlewareOptions<Req>,
): FastifyHook<Req> {
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
