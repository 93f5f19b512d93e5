import type { Transport } from '../transport/transport.js';
import { attemptPing, type AttemptOutcome } from './attempt.js';
import type { Ping } from './impression.js';
import type { Observer } from './observer.js';
import type { KaminariSettings } from './options.js';
import { pauseMs } from './pause.js';
import type { Slots } from './slots.js';
import type { PingResult } from './types.js';

/** What all pings of a client share. */
export interface DeliveryContext {
  readonly transport: Transport;
  readonly url: string;
  readonly settings: KaminariSettings;
  readonly slots: Slots;
  readonly observer: Observer;
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
  #endPause: (() => void) | null = null;

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
    this.#endPause?.();
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
    const { transport, url, settings, observer } = this.#context;
    const startedAt = performance.now();
    this.#attempts += 1;
    const event = { operation: 'ping', attempt: this.#attempts, host: settings.base.host } as const;
    observer.request(event);
    const timeoutMs = Math.max(1, Math.min(settings.timeoutMs, Math.ceil(this.#leftMs())));
    const outcome = await attemptPing(transport, url, this.#ping, { timeoutMs, freshConnection, signal: this.#stopping.signal });
    if (outcome.status !== null) observer.response({ ...event, status: outcome.status, durationMs: performance.now() - startedAt });
    return outcome;
  }

  /** What the server asked for counts as it is, without jitter; past the window there is nothing left to wait for. */
  async #pause(outcome: AttemptOutcome & { kind: 'again' }): Promise<void> {
    const { settings, observer } = this.#context;
    const delayMs = outcome.retryAfterMs ?? pauseMs(this.#attempts, settings);
    if (outcome.retryAfterMs !== null && delayMs >= this.#leftMs()) {
      this.stop('expired');
      return;
    }
    observer.retry({
      operation: 'ping',
      attempt: this.#attempts,
      host: settings.base.host,
      delayMs,
      code: outcome.code,
      status: outcome.status,
    });
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#stopping.signal.removeEventListener('abort', end);
        this.#endPause = null;
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      this.#stopping.signal.addEventListener('abort', end, { once: true });
      if (outcome.retryAfterMs === null) this.#endPause = end;
    });
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
    const durationMs = performance.now() - this.#startedAt;
    this.#context.observer.settled({ host: this.#context.settings.base.host, result, durationMs });
    return true;
  }
}
