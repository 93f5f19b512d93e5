import { listOptionIssues, refuseOptions } from '../check/options.js';
import { callable, flag } from '../check/rules.js';
import { KiipValidationError, type KiipConfigError, type ValidationIssue } from '../errors/index.js';
import * as z from '../zod.js';
import { functionName } from './script-tag.js';
import { compileTrust, type TrustProxy } from './trust.js';
import type { Impression, SubName } from './types.js';

/** Sub-tags as a request brought them: whatever is no string among them is left out. */
export type UncheckedSubs = { readonly [name in SubName]?: unknown };

/** Options of {@link KaminariClient.page}. */
export interface PageOptions<Req> {
  /** The proxies that may say who the visitor is (PROTOCOL M5). @defaultValue none */
  readonly trustProxy?: TrustProxy | undefined;
  /** The address that connected, where the request does not tell (fetch). @defaultValue the socket's other end */
  readonly ip?: string | undefined;
  /** The sub-tags of this impression, at once and not as a promise. Anything but strings among them is left out. @defaultValue none */
  readonly subs?: ((request: Req) => UncheckedSubs | null | undefined) | undefined;
  /** The page's CSP nonce. @defaultValue none */
  readonly nonce?: string | undefined;
  /** The id that a later `conversion()` of this view carries (PROTOCOL M10). @defaultValue none */
  readonly cnvId?: string | undefined;
  /** The name of a function of the page that gets the verdict in the browser, as in `scriptTag` (PROTOCOL M11). @defaultValue none */
  readonly onResponse?: string | undefined;
  /**
   * Also sends `Critical-CH`, so that browsers which know hints ask for the page once more when their request lacked some, and the first view
   * carries them. That costs a second request, and the ping of the first one never meets a script. @defaultValue false
   */
  readonly criticalHints?: boolean | undefined;
  /**
   * Delivers the impression instead of this client's `ping`, such as the queue of `kiip-s2s/bullmq`. A failure is warned about once.
   * @defaultValue this client's `ping`
   */
  readonly deliver?: ((impression: Impression) => unknown) | undefined;
}

/** Options of {@link KaminariClient.middleware} and {@link KaminariClient.fastifyHook}. */
export interface MiddlewareOptions<Req> extends Omit<PageOptions<Req>, 'ip' | 'nonce' | 'cnvId'> {
  /** Tells the address that connected. @defaultValue the socket's other end */
  readonly ip?: ((request: Req) => string | undefined) | undefined;
  /** Tells the page's CSP nonce, for example `(_req, res) => res.locals?.['cspNonce']`. @defaultValue none */
  readonly nonce?: ((request: Req, response: ResponseLike) => unknown) | undefined;
  /** Tells the id that a later `conversion()` of this view carries (PROTOCOL M10). @defaultValue none */
  readonly cnvId?: ((request: Req) => unknown) | undefined;
  /** Picks the requests that show no page: they get no ping, no script and no locals. @defaultValue none */
  readonly skip?: ((request: Req) => boolean) | undefined;
}

/** What an express, connect or node response has. */
export interface ResponseLike {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string): unknown;
  locals?: Record<string, unknown>;
}

const commonRules = {
  deliver: callable(),
  onResponse: functionName(),
  criticalHints: flag(),
  // Checked by compileTrust, which knows what Express takes.
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
// A page's own values come from its request: one that is wrong is dropped with a warning, so that the page goes out.
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
 * Checks the options where the middleware is mounted.
 *
 * @throws KiipConfigError with every problem.
 */
export function readMiddlewareOptions<Req>(given: MiddlewareOptions<Req>): MiddlewareOptions<Req> {
  const { issues, options } = check(middlewareRules, given);
  refuseOptions('KaminariClient.middleware', issues);
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
