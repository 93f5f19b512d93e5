import type { CallTrace } from './channels.js';
import type { Observer } from './observer.js';
import type { Call } from './policy.js';
import { JoinedSignal } from './signals.js';
import type { Transport } from './transport.js';

/** What all calls of one loop share. */
export interface LoopOptions {
  readonly transport: Transport;
  readonly observer: Observer;
  /** For events: the host that requests go to. */
  readonly host: string;
  /** Calls at work at once. */
  readonly maxConcurrent: number;
  /** Calls at work, in line or pausing. Further calls are refused at once. */
  readonly maxUnderWay: number;
  /** Whether a call keeps its place while it pauses between two attempts, so that an outage does not multiply the load. */
  readonly whilePausing: 'keeps_place' | 'frees_place';
  readonly maxResponseBytes: number;
  /** Gives up every call when it fires. */
  readonly abandon?: AbortSignal | undefined;
}

/** One call on its way. */
export class Run<Result> {
  readonly call: Call<Result>;
  readonly startedAt = performance.now();
  readonly deadlineAt: number;
  /** Ends the call early: its own signal, the loop's, or both. */
  readonly signal: AbortSignal | undefined;
  readonly #joined: JoinedSignal | null;
  /** The context object of the tracing channel, while somebody listens. */
  readonly trace: CallTrace | null;
  attempts = 0;
  hasPlace = false;
  hurry: (() => void) | null = null;

  constructor(call: Call<Result>, abandon: AbortSignal | undefined, trace: CallTrace | null) {
    this.call = call;
    this.trace = trace;
    this.deadlineAt = this.startedAt + call.deadlineMs;
    const { signal } = call;
    this.#joined = signal === undefined || abandon === undefined ? null : new JoinedSignal(signal, abandon);
    this.signal = this.#joined?.signal ?? signal ?? abandon;
  }

  /** Shows subscribers of the tracing channel where the call stands. */
  enterPhase(phase: CallTrace['phase']): void {
    if (this.trace !== null) this.trace.phase = phase;
  }

  /** Stops listening to the signals. */
  release(): void {
    this.#joined?.release();
  }

  get leftMs(): number {
    return this.deadlineAt - performance.now();
  }
}
