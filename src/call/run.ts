import type { CallTrace } from './channels.js';
import type { Observer } from './observer.js';
import type { Call } from './policy.js';
import { LinkedSignal } from './signals.js';
import type { Transport } from './transport.js';
import type { Timed } from './underway.js';

/** What all calls of one loop share. */
export interface LoopOptions {
  readonly transport: Transport;
  readonly observer: Observer;
  /** The host that requests go to, for events. */
  readonly host: string;
  /** The most calls at work at once. */
  readonly maxConcurrent: number;
  /** The most calls at work, in line or pausing. Further calls are refused at once. */
  readonly maxUnderWay: number;
  /**
   * Whether a call keeps its place while it pauses between two attempts, so that an outage does not multiply the load.
   */
  readonly whilePausing: 'keeps_place' | 'frees_place';
  readonly maxResponseBytes: number;
  /** Whether {@link CallLoop.abandon} will be used. Each call then needs a signal of its own. */
  readonly mayAbandon?: boolean;
}

/** One call on its way. */
export class Run<Result> implements Timed {
  readonly call: Call<Result>;
  readonly startedAt = performance.now();
  readonly deadlineAt: number;
  /** Ends the call early: its caller's signal, or the loop's `abandon`. */
  readonly signal: AbortSignal | undefined;
  readonly #linked: LinkedSignal | null;
  /** The context object of the tracing channel, while somebody listens. */
  readonly trace: CallTrace | null;
  attempts = 0;
  hurry: (() => void) | null = null;

  constructor(call: Call<Result>, { mayAbandon = false }: Pick<LoopOptions, 'mayAbandon'>, trace: CallTrace | null) {
    this.call = call;
    this.trace = trace;
    this.deadlineAt = this.startedAt + call.deadlineMs;
    // Each call has its own controller: a worker's runtime ties one to the request that created it and refuses it to
    // other requests.
    this.#linked = mayAbandon ? new LinkedSignal(call.signal) : null;
    this.signal = this.#linked?.signal ?? call.signal;
  }

  /** Ends the call early. Does nothing unless the loop has `mayAbandon`. */
  abandon(): void {
    this.#linked?.aborted();
  }

  /** Shows subscribers of the tracing channel where the call stands. */
  enterPhase(phase: CallTrace['phase']): void {
    if (this.trace !== null) this.trace.phase = phase;
  }

  /** Stops listening to the caller's signal. */
  release(): void {
    this.#linked?.release();
  }

  get leftMs(): number {
    return this.deadlineAt - performance.now();
  }
}
