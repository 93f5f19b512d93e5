import { listOptionIssues, refuseOptions } from '../check/check-options.js';
import { callable, flag } from '../check/rules.js';
import { KiipValidationError, type KiipConfigError, type ValidationIssue } from '../errors/index.js';
import * as z from '../zod.js';
import { functionName } from './script-tag.js';
import { compileTrust, type TrustProxy } from './trust.js';
import type { Impression } from './impression.js';
import type { SubName } from './subs.js';

/** Sub-tags as they came in a request; values other than strings are left out. */
export type UncheckedSubs = { readonly [name in SubName]?: unknown };

/** Options of {@link KaminariClient.page}. */
export interface PageOptions<Req> {
  /** The proxies to believe about the visitor's address (PROTOCOL M5). @defaultValue none */
  readonly trustProxy?: TrustProxy | undefined;
  /**
   * The remote address of the connection. Pass it with a fetch `Request`, which does not hold it.
   * @defaultValue the socket's remote address
   */
  readonly ip?: string | undefined;
  /** Returns the sub-tags of this impression, not a promise of them. Values other than strings are left out. @defaultValue none */
  readonly subs?: ((request: Req) => UncheckedSubs | null | undefined) | undefined;
  /** The page's CSP nonce. @defaultValue none */
  readonly nonce?: string | undefined;
  /** The id that a later `conversion()` of this view carries (PROTOCOL M10). @defaultValue none */
  readonly cnvId?: string | undefined;
  /** The name of the page's function that receives the verdict in the browser, as in `scriptTag` (PROTOCOL M11). @defaultValue none */
  readonly onResponse?: string | undefined;
  /**
   * Also sends `Critical-CH`, so that a browser repeats a request that lacked hints and even the first view carries
   * them. This costs a second request, and the ping of the first request finds no script to pair with.
   * @defaultValue false
   */
  readonly criticalHints?: boolean | undefined;
  /**
   * Delivers the impression instead of this client's `ping`, for example into the queue of `kiip-s2s/bullmq`. A failure causes one warning.
   * @defaultValue this client's `ping`
   */
  readonly deliver?: ((impression: Impression) => unknown) | undefined;
}

/** Options of {@link KaminariClient.middleware} and {@link KaminariClient.fastifyHook}. */
export interface MiddlewareOptions<Req> extends Omit<PageOptions<Req>, 'ip' | 'nonce' | 'cnvId'> {
  /** Returns the remote address of the connection. @defaultValue the socket's remote address */
  readonly ip?: ((request: Req) => string | undefined) | undefined;
  /** Returns the page's CSP nonce, for example `(_req, res) => res.locals?.['cspNonce']`. @defaultValue none */
  readonly nonce?: ((request: Req, response: ResponseLike) => unknown) | undefined;
  /** Returns the id that a later `conversion()` of this view carries (PROTOCOL M10). @defaultValue none */
  readonly cnvId?: ((request: Req) => unknown) | undefined;
  /** Returns `true` for requests that show no page; they get no ping, no script and no locals. @defaultValue none */
  readonly skip?: ((request: Req) => boolean) | undefined;
}

/** The part of an express, connect or node response that the middleware needs. */
export interface ResponseLike {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string): unknown;
  locals?: Record<string, unknown>;
}

const commonRules = {
  deliver: callable(),
  onResponse: functionName(),
  criticalHints: flag(),
  // compileTrust checks it, because it knows what Express accepts.
  trustProxy: z.optional(z.unknown()),
};
const middlewareRules = z.strictObject({
  subs: callable(),
  ip: callable(),
  nonce: callable(),
  cnvId: callable(),
  skip: callable(),
  ...commonRules,
});
// Values from the request are not checked here: a wrong one is dropped later with a warning, so that the page goes out.
const unchecked = z.optional(z.unknown());
const pageRules = z.strictObject({
  subs: callable(),
  ...commonRules,
  ip: unchecked,
  nonce: unchecked,
  cnvId: unchecked,
});

interface Checked<Options> {
  readonly issues: readonly ValidationIssue[];
  readonly options: Options;
}

/** Checks the options and reads `trustProxy` once. */
function check<Options extends { readonly trustProxy?: TrustProxy | undefined }>(
  rules: Parameters<typeof listOptionIssues>[0],
  options: Options,
): Checked<Options> {
  const issues = listOptionIssues(rules, options);
  let trustProxy: TrustProxy | undefined;
  try {
    trustProxy = compileTrust(options?.trustProxy);
  } catch (error) {
    issues.push(...(error as KiipConfigError).issues);
  }
  return { issues, options: { ...options, trustProxy } };
}

/**
 * Checks the options where the middleware is mounted. `where` names the method in messages.
 *
 * @throws KiipConfigError with every problem.
 */
export function readMiddlewareOptions<Req>(
  where: 'middleware' | 'fastifyHook',
  given: MiddlewareOptions<Req>,
): MiddlewareOptions<Req> {
  const { issues, options } = check(middlewareRules, given);
  refuseOptions(`KaminariClient.${where}`, issues);
  return options;
}

/**
 * Checks the options of one page.
 *
 * @throws KiipValidationError with every problem.
 */
export function readPageOptions<Req>(given: PageOptions<Req>): PageOptions<Req> {
  const { issues, options } = check(pageRules, given);
  if (issues.length > 0) throw new KiipValidationError(issues);
  return options;
}
