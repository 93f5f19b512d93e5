import { CallLoop } from '../call/call-loop.js';
import { nextTurn } from '../call/next-turn.js';
import type { Call } from '../call/policy.js';
import { joinUrl } from '../check/base-url.js';
import {
  checkSignalOptions,
  type KaminariSettings,
  type SharedLoopOptions,
  type SignalOptions,
} from './client-options.js';
import { buildConversion, type Conversion } from './conversion.js';
import { DeliveryPolicy, type DeliveryOperation } from './delivery-policy.js';
import { buildPing, type Impression } from './impression.js';
import type { PingResult } from './ping-result.js';

/** What became of the pings and conversions that were pending when `close` was called. */
export interface CloseReport {
  /** How many Kaminari accepted within the grace time. */
  readonly delivered: number;
  /** How many were given up after it; their promises resolved with `aborted`. */
  readonly abandoned: number;
}

/** A ping or a conversion, ready to send. */
export type DeliveryRequest = Pick<Call<PingResult>, 'url' | 'method' | 'headers'> & { readonly body: string };

/** Delivers the pings and conversions of one client in one loop, so that they share its limits and its `close`. */
export class Deliveries {
  readonly #settings: KaminariSettings;
  readonly #loop: CallLoop;
  readonly #policies: Readonly<Record<DeliveryOperation, DeliveryPolicy>>;
  readonly #pending = new Set<Promise<PingResult>>();

  constructor(settings: KaminariSettings, shared: SharedLoopOptions) {
    const { retry: limits, maxConcurrent, maxPending } = settings;
    this.#settings = settings;
    this.#loop = new CallLoop({ ...shared, maxConcurrent, maxUnderWay: maxPending, whilePausing: 'frees_place' });
    this.#policies = {
      ping: new DeliveryPolicy({ operation: 'ping', limits }, shared.host),
      conversion: new DeliveryPolicy({ operation: 'conversion', limits }, shared.host),
    };
  }

  /** See {@link KaminariClient.ping}. */
  async ping(impression: Impression, options: SignalOptions): Promise<PingResult> {
    const { kmnrKey, base } = this.#settings;
    const ping = buildPing(kmnrKey, impression);
    checkSignalOptions(options);
    return this.#deliver('ping', { url: joinUrl(base, '/v2/ping'), ...ping }, options.signal);
  }

  /** See {@link KaminariClient.conversion}. */
  async conversion(conversion: Conversion, options: SignalOptions): Promise<PingResult> {
    const { kmnrKey, base } = this.#settings;
    const request = buildConversion(base, kmnrKey, conversion);
    checkSignalOptions(options);
    return this.#deliver('conversion', request, options.signal);
  }

  async #deliver(
    operation: DeliveryOperation,
    { body, ...request }: DeliveryRequest,
    signal: AbortSignal | undefined,
  ): Promise<PingResult> {
    const { timeoutMs, windowMs } = this.#settings;
    const delivery = this.#loop.run({
      ...request,
      // Wait for the next turn of the event loop, because this one belongs to the page.
      body: () => nextTurn(body),
      signal,
      timeoutMs,
      deadlineMs: windowMs,
      policy: this.#policies[operation],
    });
    this.#pending.add(delivery);
    try {
      return await delivery;
    } finally {
      this.#pending.delete(delivery);
    }
  }

  /** Gives up the pending deliveries. */
  abandon(): void {
    this.#loop.abandon();
  }

  /** Refuses new deliveries, hurries the pending ones, and reports once all have ended. */
  async close(): Promise<CloseReport> {
    const pending = [...this.#pending];
    await this.#loop.close();
    const results = await Promise.allSettled(pending);
    const delivered = results.filter((one) => one.status === 'fulfilled' && one.value.status === 'delivered').length;
    return { delivered, abandoned: this.#policies.ping.abandoned + this.#policies.conversion.abandoned };
  }
}
