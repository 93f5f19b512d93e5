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
  /** Places for calls that are at work. */
  readonly maxConcurrent: number;
  /** Calls that are at work, in line or pausing; any more are refused at once. */
  readonly maxUnderWay: number;
  /** Whether a call that pauses between two attempts keeps its place: then an outage does not multiply the load. */
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
  /** What ends it early: its own signal, the loop's, or both. */
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

  /** Lets go of the signals. */
  release(): void {
    this.#joined?.release();
  }

  get leftMs(): number {
    return this.deadlineAt - performance.now();
  }
}
