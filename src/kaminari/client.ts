import { Observer } from '../call/observer.js';
import { memoryVerdictStore } from '../stores/memory/verdict-store.js';
import type { Verdict } from '../stores/verdict-store.js';
import { holdTransport } from '../transport/own-transport.js';
import { type Impression, sharedFields } from './impression.js';
import {
  readClientOptions,
  readGraceMs,
  type KaminariClientOptions,
  type KaminariSettings,
  type SignalOptions,
} from './client-options.js';
import {
  fastifyHookFor,
  middlewareFor,
  pageFor,
  type FastifyHook,
  type Given,
  type Middleware,
  type Page,
  type WebRequest,
} from './page.js';
import { readPageOptions, type MiddlewareOptions, type PageOptions } from './page-options.js';
import { Deliveries, type CloseReport } from './deliveries.js';
import { MAX_RESPONSE_BYTES } from './delivery-policy.js';
import type { PingBack } from './ping-back.js';
import { PingTests, type PingTestResult } from './ping-test.js';
import { buildScriptTag, type ScriptTagOptions } from './script-tag.js';
import type { Conversion } from './conversion.js';
import type { PingResult } from './ping-result.js';
import { Verdicts } from './verdicts.js';
import type { NodeRequestLike } from './visitor.js';

/**
 * Client for Kaminari's anti-fraud ping (PROTOCOL M1 to M12). It tells Kaminari in the background who asked for a page, builds the matching
 * script for the page, reports conversions and looks up verdicts.
 * Create one client for the whole process and `close()` it at the end.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { KaminariClient, type PageLocals } from 'kiip-s2s/kaminari';
 *
 * const kaminari = new KaminariClient({ kmnrKey: process.env['KAMINARI_KEY'] ?? '' });
 * express().get('/', kaminari.middleware({ trustProxy: 'loopback' }), (_req, res) => {
 *   res.send(`<!doctype html>${(res.locals['kaminari'] as PageLocals).scriptTag}`);
 * });
 * ```
 */
export class KaminariClient {
  readonly #settings: KaminariSettings;
  readonly #deliveries: Deliveries;
  readonly #tests: PingTests;
  readonly #verdicts: Verdicts;
  readonly #release: () => Promise<void>;
  #closing: Promise<CloseReport> | null = null;

  /** @throws KiipConfigError with every problem of the options. */
  constructor(options: KaminariClientOptions) {
    const settings = readClientOptions(options);
    const { transport, release } = holdTransport(options.transport);
    const observer = new Observer(options.hooks);
    const { host } = settings.base;
    const shared = { transport, observer, host, maxResponseBytes: MAX_RESPONSE_BYTES, mayAbandon: true };
    this.#settings = settings;
    this.#release = release;
    this.#deliveries = new Deliveries(settings, shared);
    this.#tests = new PingTests(settings, shared);
    this.#verdicts = new Verdicts(options.verdicts ?? memoryVerdictStore(), settings.kmnrKey);
  }

  /** Whether this client uses that key. */
  hasKey(kmnrKey: string): boolean {
    return kmnrKey === this.#settings.kmnrKey;
  }

  /**
   * Sends the impression, repeating it until Kaminari accepts it or `windowMs` is over (PROTOCOL M2). Send the page without awaiting it.
   *
   * @returns how it ended; a failed delivery is a result, not an error.
   * @throws KiipValidationError when the impression or an option is wrong, and KiipConfigError when the transport cannot work, for example
   * because a module cannot be loaded. In both cases nothing was sent.
   * @example
   * ```ts
   * import { createImpressionId, visitorFromRequest, type KaminariClient, type NodeRequestLike } from 'kiip-s2s/kaminari';
   *
   * declare const kaminari: KaminariClient;
   * declare const req: NodeRequestLike;
   * void kaminari.ping({ kmnrId: createImpressionId(), subs: { sub1: 'news' }, visitor: visitorFromRequest(req) });
   * ```
   */
  async ping(impression: Impression, options: SignalOptions = {}): Promise<PingResult> {
    return this.#deliveries.ping(impression, options);
  }

  /**
   * Reports a conversion, such as a redeemed reward, repeating it until Kaminari accepts it (PROTOCOL M10). Works like {@link ping} and shares
   * `windowMs`, `maxPending`, `maxConcurrent`, the hooks and `close()` with it, but any 2xx counts as accepted, including 204.
   *
   * @returns how it ended; a failed delivery is a result, not an error.
   * @throws as {@link ping} does.
   * @example
   * ```ts
   * import type { KaminariClient } from 'kiip-s2s/kaminari';
   *
   * declare const kaminari: KaminariClient;
   * void kaminari.conversion({ cnvId: 'order-4711', status: 'l1', payout: 0.25, currency: 'USD' });
   * ```
   */
  async conversion(conversion: Conversion, options: SignalOptions = {}): Promise<PingResult> {
    return this.#deliveries.conversion(conversion, options);
  }

  /**
   * Checks the ping of this impression against Kaminari's test endpoint (PROTOCOL M7). Sends one request and never repeats it.
   *
   * @throws KiipValidationError, KiipConfigError, KiipClosedError, KiipHttpError, KiipConnectionError, KiipTimeoutError, KiipAbortError, or
   * KiipResponseError when the answer cannot be read.
   */
  async test(impression: Impression, options: SignalOptions = {}): Promise<PingTestResult> {
    return this.#tests.run(impression, options);
  }

  /**
   * Builds the HTML of the page's script elements, with the id that the ping carries (PROTOCOL M6). Every value is escaped, so that no sub-tag can
   * end the script element.
   *
   * @throws KiipValidationError when the id, a sub-tag or an option is wrong, or an option is misspelt.
   * @example
   * ```ts
   * import type { KaminariClient } from 'kiip-s2s/kaminari';
   *
   * declare const kaminari: KaminariClient;
   * declare const kmnrId: string;
   * const html = kaminari.scriptTag({ kmnrId }, { cnvId: 'order-4711', onResponse: 'showVerdict' });
   * ```
   */
  scriptTag(impression: Pick<Impression, 'kmnrId' | 'subs'>, options: ScriptTagOptions = {}): string {
    return buildScriptTag(sharedFields(this.#settings.kmnrKey, impression), this.#settings.base, options);
  }

  /**
   * Looks up Kaminari's verdict on an impression, from the ping-backs that `createPingBackReceiver({ …, client })` received. The newest one counts;
   * those of other integrations are ignored. `null` means that no verdict has come yet, or that the store has forgotten it.
   *
   * Ping-backs are not signed: do not pay on a verdict alone.
   *
   * @throws KiipValidationError when `kmnrId` cannot be an id, and whatever the `verdicts` store rejects with.
   * @example
   * ```ts
   * import { createPingBackReceiver, KaminariClient } from 'kiip-s2s/kaminari';
   *
   * const kmnrKey = process.env['KAMINARI_KEY'] ?? '';
   * const kaminari = new KaminariClient({ kmnrKey });
   * export const receiver = createPingBackReceiver({ kmnrKey, client: kaminari });
   * export const isClean = async (kmnrId: string): Promise<boolean> => (await kaminari.verdictFor(kmnrId)) === 'clean';
   * ```
   */
  async verdictFor(kmnrId: string): Promise<Verdict | null> {
    return this.#verdicts.find(kmnrId);
  }

  /**
   * Stores the verdict of a ping-back for {@link verdictFor}. With its option `client`, `createPingBackReceiver` calls this for you.
   *
   * @throws whatever the `verdicts` store rejects with.
   */
  async noteVerdict(pingBack: PingBack): Promise<void> {
    await this.#verdicts.note(pingBack);
  }

  /**
   * Creates middleware for express (4 and 5) and connect. It sets `res.locals.kaminari = { kmnrId, scriptTag }`, asks the browser for client
   * hints and pings in the background. The page never waits, even when Kaminari or one of your option functions fails.
   *
   * Mount it only on the routes that show pages, because every request that passes counts as an impression.
   *
   * @throws KiipConfigError with every problem of the options.
   */
  middleware<Req extends NodeRequestLike = NodeRequestLike>(options: MiddlewareOptions<Req> = {}): Middleware<Req> {
    return middlewareFor(this, options);
  }

  /**
   * Creates a fastify `onRequest` hook that does what {@link middleware} does and sets `reply.locals.kaminari`.
   *
   * @throws KiipConfigError with every problem of the options.
   * @example
   * ```ts
   * import Fastify from 'fastify';
   * import type { KaminariClient } from 'kiip-s2s/kaminari';
   *
   * declare const kaminari: KaminariClient;
   * Fastify().get('/', { onRequest: kaminari.fastifyHook({ trustProxy: 1 }) }, async () => 'page');
   * ```
   */
  fastifyHook<Req extends NodeRequestLike = NodeRequestLike>(
    options: MiddlewareOptions<Req> = {},
  ): FastifyHook<Given<Req>> {
    return fastifyHookFor(this, options);
  }

  /**
   * Prepares one page in any other framework (Hono, Next.js …): starts the ping and returns the script and the headers.
   *
   * @throws KiipValidationError when an option is wrong or misspelt, never because of a bad value in the request.
   * @example
   * ```ts
   * import type { KaminariClient } from 'kiip-s2s/kaminari';
   *
   * declare const kaminari: KaminariClient;
   * export function handle(request: Request, remoteAddress: string): Response {
   *   const { scriptTag, headers } = kaminari.page(request, { ip: remoteAddress });
   *   return new Response(`<!doctype html>${scriptTag}`, { headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } });
   * }
   * ```
   */
  page<Req extends WebRequest = WebRequest>(request: Req, options: PageOptions<Req> = {}): Page {
    return pageFor(this, request, readPageOptions(options));
  }

  /**
   * Closes the client and frees its sockets. Sends each pending ping and conversion once more immediately, unless Kaminari asked for a pause.
   * Waits up to `graceMs` milliseconds (default 2,000) for them and for ping tests, then gives up the rest. A second call gives the same report.
   * @throws KiipValidationError when an option is wrong; nothing is closed then.
   */
  async close(options: { readonly graceMs?: number | undefined } = {}): Promise<CloseReport> {
    const graceMs = readGraceMs(options);
    return (this.#closing ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<CloseReport> {
    const abandon = (): void => {
      this.#deliveries.abandon();
      this.#tests.abandon();
    };
    const timer = setTimeout(abandon, graceMs);
    const [report] = await Promise.all([this.#deliveries.close(), this.#tests.close()]);
    clearTimeout(timer);
    await this.#release();
    return report;
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
