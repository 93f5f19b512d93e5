import type { HookCaller } from '../call/hook-caller.js';
import { pause } from '../call/pause.js';
import type { Transport } from '../call/transport.js';
import { attemptPing, pauseAfter, type Again, type AttemptOutcome } from './attempt.js';
import type { Ping } from './impression.js';
import type { KaminariSettings } from './options.js';
import type { Slots } from './slots.js';
import type { KaminariHooks, PingEvent, PingResult } from './types.js';

/** What all pings of a client share. */
export interface DeliveryContext {
  readonly transport: Transport;
  readonly url: string;
  readonly settings: KaminariSettings;
  readonly slots: Slots;
  readonly hooks: HookCaller<KaminariHooks>;
}

/** One ping on its way (PROTOCOL M2): request, pause, request … until it is accepted, refused, out of time or stopped. */
export class PendingPing {
  /** Resolves once; never rejects. */
  readonly result: Promise<PingResult>;
  readonly #context: DeliveryContext;
  readonly #ping: Ping;
  readonly #startedAt = performance.now();
  readonly #stopping = new AbortController();
  readonly #window: NodeJS.Timeout;
  #resolve: (result: PingResult) => void = () => undefined;
  #attempts = 0;
  #settled = false;
  #endPause: () => void = () => undefined;

  constructor(context: DeliveryContext, ping: Ping) {
    this.#context = context;
    this.#ping = ping;
    this.result = new Promise((resolve) => (this.#resolve = resolve));
    this.#window = setTimeout(() => this.stop('expired'), context.settings.windowMs);
    // Not in this turn of the event loop, which belongs to the page.
    setImmediate(() => void this.#run());
  }

  /** Settles the ping now, whatever it is doing. `false`: it had settled before. */
  stop(status: 'aborted' | 'expired'): boolean {
    return this.#settle({ status, attempts: this.#attempts });
  }

  /** The client is closing: what waits out a pause of our own choosing tries again now. */
  hurry(): void {
    this.#endPause();
  }

  async #run(): Promise<void> {
    let fresh = false;
    while (await this.#context.slots.acquire(this.#stopping.signal)) {
      const outcome = await this.#attempt(fresh);
      this.#context.slots.release();
      if (this.#settled) return;
      if (outcome.kind === 'again') {
        fresh = outcome.fresh;
        await this.#pause(outcome);
      } else if (outcome.kind === 'delivered') this.#settle({ status: 'delivered', attempts: this.#attempts });
      else this.#settle({ status: 'rejected', httpStatus: outcome.status, attempts: this.#attempts });
    }
  }

  async #attempt(freshConnection: boolean): Promise<AttemptOutcome> {
    const { transport, url, settings, hooks } = this.#context;
    const startedAt = performance.now();
    this.#attempts += 1;
    hooks.tell('onRequest', () => this.#event());
    const timeoutMs = Math.max(1, Math.min(settings.timeoutMs, Math.ceil(this.#leftMs())));
    const outcome = await attemptPing(transport, url, this.#ping, {
      timeoutMs,
      freshConnection,
      signal: this.#stopping.signal,
    });
    const { status } = outcome;
    if (status !== null)
      hooks.tell('onResponse', () => ({ ...this.#event(), status, durationMs: performance.now() - startedAt }));
    return outcome;
  }

  async #pause(outcome: Again): Promise<void> {
    const { settings, hooks } = this.#context;
    const delayMs = pauseAfter(outcome, this.#attempts, settings, this.#leftMs());
    if (delayMs === null) {
      this.stop('expired');
      return;
    }
    const { code, status } = outcome;
    hooks.tell('onRetry', () => ({ ...this.#event(), delayMs, code, status }));
    const cutShort = new Promise<'cut short'>((resolve) => {
      if (outcome.retryAfterMs === null) this.#endPause = () => resolve('cut short');
    });
    await pause(delayMs, this.#stopping.signal, cutShort);
  }

  #event(): PingEvent {
    return { operation: 'ping', attempt: this.#attempts, host: this.#context.settings.base.host };
  }

  #leftMs(): number {
    return this.#startedAt + this.#context.settings.windowMs - performance.now();
  }

  #settle(result: PingResult): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#window);
    this.#stopping.abort();
    this.#resolve(result);
    const { hooks, settings } = this.#context;
    hooks.tell('onSettled', () => ({
      host: settings.base.host,
      result,
      durationMs: performance.now() - this.#startedAt,
    }));
    return true;
  }
}
