import { KiipClosedError, KiipValidationError } from '../errors/index.js';
import { HookCaller } from '../call/hook-caller.js';
import { unwatch, watch } from '../call/signals.js';
import { buildPing, sharedFields, type Ping } from './impression.js';
import { transportFor } from './own-transport.js';
import { endpoint, graceMsOf, readOptions, type KaminariClientOptions, type KaminariSettings } from './options.js';
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
import { PendingPing, type DeliveryContext } from './pending-ping.js';
import { runPingTest, type PingTestResult } from './pingtest.js';
import { buildScriptTag } from './script-tag.js';
import { Slots } from './slots.js';
import type { Impression, KaminariHooks, PingResult, Subs } from './types.js';
import type { NodeRequestLike } from './visitor.js';

/** What became of the pings that were pending when `close` was called. */
export interface CloseReport {
  /** Accepted by Kaminari within the grace time. */
  readonly delivered: number;
  /** Given up when it was over; their promises resolved with `aborted`. */
  readonly abandoned: number;
}

function assertSignal(signal: unknown): void {
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function')
    throw new KiipValidationError([{ path: 'signal', message: 'must be an AbortSignal' }]);
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
  readonly #context: DeliveryContext;
  readonly #release: () => Promise<void>;
  readonly #pending = new Set<PendingPing>();
  readonly #tests = new Map<AbortController, Promise<PingTestResult>>();
  #closing: Promise<CloseReport> | null = null;

  /** @throws KiipConfigError with all problems of the options. */
  constructor(options: KaminariClientOptions) {
    this.#settings = readOptions(options);
    const { transport, release } = transportFor(options.transport);
    this.#release = release;
    this.#context = {
      transport,
      url: endpoint(this.#settings.base, '/v2/ping'),
      settings: this.#settings,
      slots: new Slots(this.#settings.maxConcurrent),
      hooks: new HookCaller<KaminariHooks>(options.hooks),
    };
  }

  /**
   * Sends the impression until Kaminari accepts it, for `windowMs` at most (PROTOCOL M2). Do not await it before the page goes out.
   *
   * @returns how it ended; a failed delivery is a result, not an error.
   * @throws KiipValidationError (as a rejection) when the impression is wrong; nothing was sent.
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
    const ping = buildPing(this.#settings.kmnrKey, impression);
    assertSignal(options.signal);
    if (this.#closing !== null || options.signal?.aborted === true) return this.#unsent('aborted');
    if (this.#pending.size >= this.#settings.maxPending) return this.#unsent('dropped');
    const pending = new PendingPing(this.#context, ping);
    this.#pending.add(pending);
    const listener = { aborted: () => void pending.stop('aborted') };
    if (options.signal !== undefined) watch(options.signal, listener);
    const result = await pending.result;
    if (options.signal !== undefined) unwatch(options.signal, listener);
    this.#pending.delete(pending);
    return result;
  }

  #unsent(status: 'aborted' | 'dropped'): PingResult {
    const result = { status, attempts: 0 } as const;
    this.#context.hooks.tell('onSettled', () => ({ host: this.#settings.base.host, result, durationMs: 0 }));
    return result;
  }

  /**
   * Asks Kaminari's test what it thinks of the ping that this impression makes (PROTOCOL M7). One request, no repeats.
   *
   * @throws KiipValidationError, KiipClosedError, KiipHttpError, KiipConnectionError, KiipTimeoutError, KiipAbortError, or
   * KiipResponseError when the answer cannot be read.
   */
  async test(
    impression: Impression,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<PingTestResult> {
    const ping = buildPing(this.#settings.kmnrKey, impression);
    const { signal } = options;
    assertSignal(signal);
    if (this.#closing !== null)
      throw new KiipClosedError('The Kaminari client is closed; nothing was sent.', {
        operation: 'pingtest',
        attempts: 0,
      });
    const stopping = new AbortController();
    const listener = { aborted: () => stopping.abort() };
    if (signal?.aborted === true) stopping.abort();
    else if (signal !== undefined) watch(signal, listener);
    const answer = this.#runTest(ping, stopping.signal);
    this.#tests.set(stopping, answer);
    try {
      return await answer;
    } catch (error) {
      if (!stopping.signal.aborted || signal?.aborted === true) throw error;
      throw new KiipClosedError('The Kaminari client was closed before the ping test was answered.', {
        operation: 'pingtest',
        attempts: 1,
      });
    } finally {
      this.#tests.delete(stopping);
      if (signal !== undefined) unwatch(signal, listener);
    }
  }

  #runTest(ping: Ping, signal: AbortSignal): Promise<PingTestResult> {
    const { base, timeoutMs } = this.#settings;
    const { transport, hooks } = this.#context;
    const event = { operation: 'pingtest', attempt: 1, host: base.host } as const;
    const startedAt = performance.now();
    hooks.tell('onRequest', () => event);
    return runPingTest(transport, endpoint(base, '/v1/pingtest'), ping, { timeoutMs, signal }, (status) =>
      hooks.tell('onResponse', () => ({ ...event, status, durationMs: performance.now() - startedAt })),
    );
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
   * @throws KiipConfigError with all problems of the options.
   */
  middleware<Req extends NodeRequestLike = NodeRequestLike>(options: MiddlewareOptions<Req> = {}): Middleware<Req> {
    return middlewareFor(this, options);
  }

  /**
   * The same for fastify, as an `onRequest` hook; sets `reply.locals.kaminari` (which `@fastify/view` hands to templates).
   *
   * @throws KiipConfigError with all problems of the options.
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
   * Takes no more pings, lets the pending ones try once more at once, waits up to `graceMs` (default 2 000) for them and for ping tests, and
   * gives up the rest. Then sockets are freed and the process can exit. A second call returns what the first one does.
   */
  close(options: { readonly graceMs?: number | undefined } = {}): Promise<CloseReport> {
    this.#closing ??= this.#close(graceMsOf(options));
    return this.#closing;
  }

  async #close(graceMs: number): Promise<CloseReport> {
    const pending = [...this.#pending];
    let abandoned = 0;
    const giveUp = (): void => {
      for (const ping of pending) if (ping.stop('aborted')) abandoned += 1;
      for (const test of this.#tests.keys()) test.abort();
    };
    const timer = setTimeout(giveUp, graceMs);
    for (const ping of pending) ping.hurry();
    const results = await Promise.all(pending.map((ping) => ping.result));
    await Promise.allSettled(this.#tests.values());
    clearTimeout(timer);
    await this.#release();
    return { delivered: results.filter(({ status }) => status === 'delivered').length, abandoned };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
