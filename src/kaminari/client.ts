import { nextTurn } from '../call/next-turn.js';
import { CallLoop } from '../call/call-loop.js';
import { Observer } from '../call/observer.js';
import { joinUrl } from '../check/base-url.js';
import { holdTransport } from '../transport/own-transport.js';
import { buildPing, sharedFields } from './impression.js';
import {
  checkSignalOptions,
  readClientOptions,
  readGraceMs,
  type KaminariClientOptions,
  type KaminariSettings,
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
import type { MiddlewareOptions, PageOptions } from './page-options.js';
import { MAX_RESPONSE_BYTES, PingPolicy } from './ping-policy.js';
import { PingTestPolicy, type PingTestResult } from './ping-test.js';
import { buildScriptTag } from './script-tag.js';
import type { Impression, PingResult, Subs } from './types.js';
import type { NodeRequestLike } from './visitor.js';

/** What became of the pings that were pending when `close` was called. */
export interface CloseReport {
  /** Accepted by Kaminari within the grace time. */
  readonly delivered: number;
  /** Given up when it was over; their promises resolved with `aborted`. */
  readonly abandoned: number;
}

/**
 * Kaminari's anti-fraud ping (PROTOCOL M1 to M7): tells Kaminari who asked for a page, in the background, and makes the script that
 * tells it the same from inside the page.
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
  readonly #pings: CallLoop;
  readonly #tests: CallLoop;
  readonly #pingPolicy: PingPolicy;
  readonly #testPolicy: PingTestPolicy;
  readonly #abandon = new AbortController();
  readonly #pending = new Set<Promise<PingResult>>();
  readonly #release: () => Promise<void>;
  #closing: Promise<CloseReport> | null = null;

  /** @throws KiipConfigError with every problem of the options. */
  constructor(options: KaminariClientOptions) {
    const settings = readClientOptions(options);
    const { base, retry, maxConcurrent, maxPending } = settings;
    const { transport, release } = holdTransport(options.transport);
    const shared = {
      transport,
      observer: new Observer(options.hooks),
      host: base.host,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      abandon: this.#abandon.signal,
    };
    this.#settings = settings;
    this.#release = release;
    this.#pings = new CallLoop({ ...shared, maxConcurrent, maxUnderWay: maxPending, whilePausing: 'frees_place' });
    this.#tests = new CallLoop({
      ...shared,
      maxConcurrent: Infinity,
      maxUnderWay: Infinity,
      whilePausing: 'keeps_place',
    });
    this.#pingPolicy = new PingPolicy(retry, base.host);
    this.#testPolicy = new PingTestPolicy(base.host);
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
  async ping(impression: Impression, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<PingResult> {
    const { kmnrKey, base, timeoutMs, windowMs } = this.#settings;
    const { headers, body } = buildPing(kmnrKey, impression);
    checkSignalOptions(options);
    const delivery = this.#pings.run({
      url: joinUrl(base, '/v2/ping'),
      headers,
      // Not in this turn of the event loop, which belongs to the page.
      body: () => nextTurn(body),
      signal: options.signal,
      timeoutMs,
      deadlineMs: windowMs,
      policy: this.#pingPolicy,
    });
    this.#pending.add(delivery);
    try {
      return await delivery;
    } finally {
      this.#pending.delete(delivery);
    }
  }

  /**
   * Asks Kaminari's test what it thinks of the ping that this impression makes (PROTOCOL M7). One request, no repeats.
   *
   * @throws KiipValidationError, KiipConfigError, KiipClosedError, KiipHttpError, KiipConnectionError, KiipTimeoutError, KiipAbortError, or
   * KiipResponseError when the answer cannot be read.
   */
  async test(
    impression: Impression,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<PingTestResult> {
    const { kmnrKey, base, timeoutMs } = this.#settings;
    const ping = buildPing(kmnrKey, impression);
    checkSignalOptions(options);
    return this.#tests.run({
      url: joinUrl(base, '/v1/pingtest'),
      ...ping,
      signal: options.signal,
      timeoutMs,
      deadlineMs: Infinity,
      policy: this.#testPolicy,
    });
  }

  /**
   * The script elements' HTML for the page, with the id that the ping carries (PROTOCOL M6). Safe for any value: no sub-tag can
   * leave the script element.
   *
   * @param options - `nonce`: the value of the page's `script-src 'nonce-…'`, set on both script elements.
   * @throws KiipValidationError when the id, a sub-tag or the nonce is wrong.
   */
  scriptTag(
    impression: { readonly kmnrId: string; readonly subs?: Subs | undefined },
    options: { readonly nonce?: string | undefined } = {},
  ): string {
    return buildScriptTag(sharedFields(this.#settings.kmnrKey, impression), this.#settings.base, options.nonce);
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
    return pageFor(this, request, options);
  }

  /**
   * Takes no more pings, lets the pending ones try once more at once, waits up to `graceMs` (default 2,000) for them and for ping tests, and
   * gives up the rest. Then sockets are freed and the process can exit. A second call returns what the first one does.
   *
   * @throws KiipValidationError when an option is wrong; nothing is closed then.
   */
  close(options: { readonly graceMs?: number | undefined } = {}): Promise<CloseReport> {
    this.#closing ??= this.#close(readGraceMs(options));
    return this.#closing;
  }

  async #close(graceMs: number): Promise<CloseReport> {
    const pending = [...this.#pending];
    const timer = setTimeout(() => this.#abandon.abort(), graceMs);
    await Promise.all([this.#pings.close(), this.#tests.close()]);
    clearTimeout(timer);
    const results = await Promise.allSettled(pending);
    await this.#release();
    const delivered = results.filter((one) => one.status === 'fulfilled' && one.value.status === 'delivered').length;
    return { delivered, abandoned: this.#pingPolicy.abandoned };
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
