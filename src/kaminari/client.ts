import { Observer } from '../call/observer.js';
import { memoryVerdictStore } from '../stores/memory/verdict-store.js';
import type { Verdict } from '../stores/verdict-store.js';
import { holdTransport } from '../transport/own-transport.js';
import { sharedFields } from './impression.js';
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
import type { Conversion, Impression, PingResult, Subs } from './types.js';
import { Verdicts } from './verdicts.js';
import type { NodeRequestLike } from './visitor.js';

/**
 * Kaminari's anti-fraud ping (PROTOCOL M1 to M12): tells Kaminari who asked for a page, in the background, makes the script that tells it
 * the same from inside the page, reports conversions and knows the verdicts that came back.
 *
 * One client for the whole process; `close()` it at the end.
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
  readonly #abandon = new AbortController();
  readonly #release: () => Promise<void>;
  #closing: Promise<CloseReport> | null = null;

  /** @throws KiipConfigError with every problem of the options. */
  constructor(options: KaminariClientOptions) {
    const settings = readClientOptions(options);
    const { transport, release } = holdTransport(options.transport);
    const observer = new Observer(options.hooks);
    const { host } = settings.base;
    const abandon = this.#abandon.signal;
    const shared = { transport, observer, host, maxResponseBytes: MAX_RESPONSE_BYTES, abandon };
    this.#settings = settings;
    this.#release = release;
    this.#deliveries = new Deliveries(settings, shared);
    this.#tests = new PingTests(settings, shared);
    this.#verdicts = new Verdicts(options.verdicts ?? memoryVerdictStore(), settings.kmnrKey);
  }

  /** Whether this is the client of the integration with that key. */
  hasKey(kmnrKey: string): boolean {
    return kmnrKey === this.#settings.kmnrKey;
  }

  /**
   * Sends the impression until Kaminari accepts it, for `windowMs` at most (PROTOCOL M2). Do not await it before the page goes out.
   *
   * @returns how it ended; a failed delivery is a result, not an error.
   * @throws KiipValidationError when the impression or an option is wrong, and KiipConfigError when the transport cannot work, such as for a
   * module that cannot be loaded. Nothing was sent then.
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
   * Reports a conversion, such as a reward that was redeemed, until Kaminari accepts it (PROTOCOL M10): in the background, by the rules of a
   * ping, with which it shares `windowMs`, `maxPending`, `maxConcurrent`, the hooks and `close()`. Any 2xx is accepted, 204 too.
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
   * Asks Kaminari's test what it thinks of the ping that this impression makes (PROTOCOL M7). One request, no repeats.
   *
   * @throws KiipValidationError, KiipConfigError, KiipClosedError, KiipHttpError, KiipConnectionError, KiipTimeoutError, KiipAbortError, or
   * KiipResponseError when the answer cannot be read.
   */
  async test(impression: Impression, options: SignalOptions = {}): Promise<PingTestResult> {
    return this.#tests.run(impression, options);
  }

  /**
   * The script elements' HTML for the page, with the id that the ping carries (PROTOCOL M6). Safe for any value: no sub-tag can
   * leave the script element.
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
  scriptTag(
    impression: { readonly kmnrId: string; readonly subs?: Subs | undefined },
    options: ScriptTagOptions = {},
  ): string {
    return buildScriptTag(sharedFields(this.#settings.kmnrKey, impression), this.#settings.base, options);
  }

  /**
   * What Kaminari thinks of an impression, as far as ping-backs said so: those that `createPingBackReceiver({ …, client })` took in. The
   * newest counts; one of another integration never does. `null`: none came yet, or the store has forgotten it.
   *
   * Ping-backs are not signed: do not pay on a verdict alone.
   *
   * @throws KiipValidationError when `kmnrId` cannot be an id, and what the store of the option `verdicts` rejects with.
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
   * Keeps the verdict of a ping-back for {@link verdictFor}, as `createPingBackReceiver` does with its option `client`.
   *
   * @throws what the store of the option `verdicts` rejects with.
   */
  async noteVerdict(pingBack: PingBack): Promise<void> {
    await this.#verdicts.note(pingBack);
  }

  /**
   * For express (4 and 5) and connect: sets `res.locals.kaminari = { kmnrId, scriptTag }`, asks the browser for client hints and pings
   * in the background. It never delays the page, and no failure of Kaminari or of an option's function reaches it.
   *
   * Mount it on the routes that show pages: each request that passes is an impression.
   *
   * @throws KiipConfigError with every problem of the options.
   */
  middleware<Req extends NodeRequestLike = NodeRequestLike>(options: MiddlewareOptions<Req> = {}): Middleware<Req> {
    return middlewareFor(this, options);
  }

  /**
   * The same for fastify, as an `onRequest` hook; sets `reply.locals.kaminari` (which `@fastify/view` hands to templates).
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
   * The same for everything else (Hono, Next.js, koa …): starts the ping and returns the script and the headers to answer with.
   *
   * @throws KiipValidationError when an option is wrong or misspelt. What a request brings is no reason: the page goes out.
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
   * Takes no more pings and conversions, lets the pending ones try once more at once, waits up to `graceMs` (default 2,000) for them and for ping tests, and
   * gives up the rest. Then sockets are freed and the process can exit. A second call returns what the first one does.
   *
   * @throws KiipValidationError when an option is wrong; nothing is closed then.
   */
  close(options: { readonly graceMs?: number | undefined } = {}): Promise<CloseReport> {
    this.#closing ??= this.#close(readGraceMs(options));
    return this.#closing;
  }

  async #close(graceMs: number): Promise<CloseReport> {
    const timer = setTimeout(() => this.#abandon.abort(), graceMs);
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
