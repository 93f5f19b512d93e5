import { listOptionIssues, refuseOptions } from '../check/options.js';
import { callable } from '../check/rules.js';
import { type KiipConfigError } from '../errors/index.js';
import * as z from '../zod.js';
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
  /**
   * Delivers the impression instead of this client's `ping`, such as the queue of `kiip-s2s/bullmq`. A failure is warned about once.
   * @defaultValue this client's `ping`
   */
  readonly deliver?: ((impression: Impression) => unknown) | undefined;
}

/** Options of {@link KaminariClient.middleware} and {@link KaminariClient.fastifyHook}. */
export interface MiddlewareOptions<Req> extends Omit<PageOptions<Req>, 'ip' | 'nonce'> {
  /** Tells the address that connected. @defaultValue the socket's other end */
  readonly ip?: ((request: Req) => string | undefined) | undefined;
  /** Tells the page's CSP nonce, for example `(_req, res) => res.locals?.['cspNonce']`. @defaultValue none */
  readonly nonce?: ((request: Req, response: ResponseLike) => unknown) | undefined;
  /** Picks the requests that show no page: they get no ping, no script and no locals. @defaultValue none */
  readonly skip?: ((request: Req) => boolean) | undefined;
}

/** What an express, connect or node response has. */
export interface ResponseLike {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string): unknown;
  locals?: Record<string, unknown>;
}

const middlewareRules = z.strictObject({
  subs: callable(),
  ip: callable(),
  nonce: callable(),
  skip: callable(),
  deliver: callable(),
  trustProxy: z.optional(z.unknown()),
});

/**
 * Checks the options where the middleware is mounted, and reads `trustProxy` once.
 *
 * @throws KiipConfigError with every problem.
 */
export function readMiddlewareOptions<Req>(options: MiddlewareOptions<Req>): MiddlewareOptions<Req> {
  const issues = listOptionIssues(middlewareRules, options);
  let trustProxy: TrustProxy | undefined;
  try {
    trustProxy = compileTrust(options?.trustProxy);
  } catch (error) {
    issues.push(...(error as KiipConfigError).issues);
  }
  refuseOptions('KaminariClient.middleware', issues);
  return { ...options, trustProxy };
}
