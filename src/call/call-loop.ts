import { traceWork, type TracingChannel } from '../diagnostics/channels.js';
import { isKiipError } from '../errors/index.js';
import { findEndpoint, findListenedTrace, publishAttempt, type CallTrace } from './channels.js';
import { describeError } from './events.js';
import { readAnswer, readThrown, type AttemptLimit, type Reading } from './failure.js';
import { Gate } from './gate.js';
import { sendGuarded } from './guard.js';
import type { Observer } from './observer.js';
import { pause } from './pause.js';
import { unwrap, type Again, type Call, type Ending, type Policy, type Stop, type Verdict } from './policy.js';
import { Run, type LoopOptions } from './run.js';
import type { TransportRequest, TransportResponse } from './transport.js';
import { Underway } from './underway.js';

/**
 * Runs calls over a transport: queue, deadline, attempts and pauses. Each call's policy decides what answers and
 * failures mean.
 */
export class CallLoop {
  readonly #options: LoopOptions;
  readonly #observer: Observer;
  readonly #gate: Gate;
  readonly #runs = new Underway<Run<unknown>>();
  #isAbandoned = false;
  #closing: Promise<void> | null = null;
  #onIdle = (): void => {};

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#observer = options.observer;
    this.#gate = new Gate(options.maxConcurrent);
  }

  /** Refuses new calls, cuts short the pauses that allow it, and resolves when every call has ended. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#runs.size === 0) resolve();
      for (const run of this.#runs) run.hurry?.();
    });
    return this.#closing;
  }

  /** Gives up every call, even those that are made later. Needs the option `mayAbandon`. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const run of this.#runs) run.abandon();
  }

  /** Makes a call. Rejects with its policy's error, or with the rejection of its body function. */
  run<Result>(call: Call<Result>): Promise<Result> {
    const channel = findListenedTrace();
    return channel === undefined ? this.#carry(call, null) : this.#carryTraced(call, channel);
  }

  #carryTraced<Result>(call: Call<Result>, channel: TracingChannel): Promise<Result> {
    const trace = { ...this.#beginTrace(call.policy), method: call.method ?? 'POST', endpoint: findEndpoint(call.url) };
    return this.#trace(channel, trace, () => this.#carry(call, trace));
  }

  /** Ends a call without a request. Hooks hear of it as of any other call. */
  async runUnsent<Result>(policy: Policy<Result>, result: Result): Promise<Result> {
    const settle = async (trace: CallTrace | null): Promise<Result> => {
      const closed = this.#closing !== null;
      const ending: Ending<Result> = closed ? policy.stop('closed', 0) : { kind: 'done', result };
      this.#tellSettled(policy, ending, { attempts: 0, startedAt: performance.now() }, trace);
      return unwrap(ending);
    };
    const channel = findListenedTrace();
    if (channel === undefined) return settle(null);
    const trace = this.#beginTrace(policy);
    return this.#trace(channel, trace, () => settle(trace));
  }

  #beginTrace({ operation }: Policy<unknown>): CallTrace {
    return { operation, host: this.#options.host, method: 'POST', phase: 'active' };
  }

  async #trace<Result>(channel: TracingChannel, trace: CallTrace, carry: () => Promise<Result>): Promise<Result> {
    let carried: Promise<Result> | undefined;
    // Results and foreign errors may hold personal data: subscribers get our own errors only.
    const traced = async (): Promise<void> => {
      carried = carry();
      await carried.catch((error: unknown) => {
        if (isKiipError(error)) throw error;
      });
    };
    await traceWork(channel, trace, traced).catch(() => undefined);
    return carried as Promise<Result>;
  }

  #carry<Result>(call: Call<Result>, trace: CallTrace | null): Promise<Result> {
    const run = new Run(call, this.#options, trace);
    if (this.#closing !== null) return this.#repeat(run, 'closed');
    if (this.#isFull() && this.#findStop(run) === null) return this.#repeat(run, 'overloaded');
    this.#runs.add(run as Run<unknown>);
    return this.#repeat(run, null);
  }

  #isFull(): boolean {
    const { maxUnderWay } = this.#options;
    if (this.#runs.size < maxUnderWay) return false;
    for (const run of this.#runs.dropOverdue()) run.release();
    return this.#runs.size >= maxUnderWay;
  }

  #end<Result>(run: Run<Result>, ending: Ending<Result>): Result {
    this.#gate.leave(run);
    this.#runs.delete(run as Run<unknown>);
    run.release();
    this.#tellSettled(run.call.policy, ending, run, run.trace);
    if (this.#runs.size === 0) this.#onIdle();
    return unwrap(ending);
  }

  /** One function for the whole call, because each further async function costs every call a promise and a frame. */
  async #repeat<Result>(run: Run<Result>, refused: Stop | null): Promise<Result> {
    const { call } = run;
    let ending = refused === null ? null : call.policy.stop(refused, 0);
    let freshConnection = false;
    try {
      while (ending === null) {
        // When a place is free, do not await: the first request then goes out in the caller's own turn.
        const stop = this.#gate.tryEnter(run) ? this.#findStop(run) : await this.#waitInLine(run);
        if (stop !== null) {
          ending = call.policy.stop(stop, run.attempts);
          break;
        }
        const body = typeof call.body === 'string' ? call.body : await this.#prepare(run, call.body);
        if (body === null) {
          ending = call.policy.stop(this.#findStop(run) ?? 'late', run.attempts);
          break;
        }
        const attempt = this.#begin(run);
        let reading: Reading;
        try {
          reading = readAnswer(
            await this.#send(run, { body, freshConnection, timeoutMs: attempt.timeoutMs }),
            call.url,
          );
        } catch (error) {
          reading = readThrown(error, attempt);
        }
        this.#noteReading(run, reading, attempt.startedAt);
        const verdict = this.#judge(run, reading);
        if (verdict.kind !== 'again') ending = verdict;
        else {
          freshConnection = reading.kind === 'connection' || reading.kind === 'timeout';
          await this.#pause(run, verdict);
        }
      }
    } catch (error) {
      ending = { kind: 'failed', error };
    }
    return this.#end(run, ending);
  }

  #judge<Result>(run: Run<Result>, reading: Reading): Verdict<Result> {
    const { policy } = run.call;
    if (reading.kind === 'unusable') return { kind: 'failed', error: reading.error };
    if (reading.kind === 'aborted') return policy.stop(this.#findStop(run) ?? 'aborted', run.attempts);
    return policy.judge(reading, { attempts: run.attempts, leftMs: run.leftMs });
  }

  /** Waits for a place. Returns `null` when the call has one, otherwise why it has none. */
  async #waitInLine(run: Run<unknown>): Promise<Stop | null> {
    run.enterPhase('queued');
    const ended = await this.#gate.enter(run, run.leftMs, run.signal);
    run.enterPhase('active');
    return this.#findStop(run) ?? (ended === 'place' ? null : 'late');
  }

  // Asked before sending too: in a busy process timers fire late, and a reward that nobody waits for is lost.
  #findStop({ call, leftMs }: Run<unknown>): Stop | null {
    if (call.signal?.aborted === true) return 'aborted';
    if (this.#isAbandoned) return 'abandoned';
    return leftMs < 1 ? 'late' : null;
  }

  /** Makes the body of the next attempt; `null` when the deadline or the signal came first. */
  async #prepare(run: Run<unknown>, makeBody: (attempt: number) => Promise<string>): Promise<string | null> {
    const made = makeBody(run.attempts + 1).then((body) => ({ body }));
    const ended = await pause(run.leftMs, run.signal, made);
    return typeof ended === 'string' || this.#findStop(run) !== null ? null : ended.body;
  }

  async #pause(run: Run<unknown>, { delayMs, mayHurry, reason }: Again): Promise<void> {
    if (this.#observer.isListening('onRetry'))
      this.#observer.tell('onRetry', { ...this.#describe(run), delayMs, ...reason });
    if (this.#options.whilePausing === 'frees_place') this.#gate.leave(run);
    const hurried = mayHurry ? new Promise<'hurried'>((resolve) => (run.hurry = () => resolve('hurried'))) : undefined;
    run.enterPhase('pausing');
    await pause(delayMs, run.signal, hurried);
    run.enterPhase('active');
    run.hurry = null;
  }

  #begin(run: Run<unknown>): AttemptLimit & { readonly startedAt: number } {
    const { call, leftMs } = run;
    run.attempts += 1;
    if (this.#observer.isListening('onRequest')) this.#observer.tell('onRequest', this.#describe(run));
    const scope = leftMs < call.timeoutMs ? 'deadline' : 'attempt';
    return { scope, timeoutMs: Math.max(1, Math.min(call.timeoutMs, leftMs)), startedAt: performance.now() };
  }

  #send(
    { call, signal }: Run<unknown>,
    { body, freshConnection, timeoutMs }: Pick<TransportRequest, 'body' | 'freshConnection' | 'timeoutMs'>,
  ): Promise<TransportResponse> {
    const { transport, maxResponseBytes } = this.#options;
    const { url, method, headers } = call;
    return sendGuarded(transport, { url, method, headers, body, timeoutMs, maxResponseBytes, freshConnection, signal });
  }

  #noteReading(run: Run<unknown>, reading: Reading, startedAt: number): void {
    if (reading.kind === 'unusable') run.attempts -= 1;
    else {
      if (reading.status !== null) this.#tellResponse(run, reading.status, startedAt);
      publishAttempt(run, this.#options.host, { reading, startedAt });
    }
  }

  #tellResponse(run: Run<unknown>, status: number, startedAt: number): void {
    if (!this.#observer.isListening('onResponse')) return;
    this.#observer.tell('onResponse', { ...this.#describe(run), status, durationMs: performance.now() - startedAt });
  }

  #tellSettled<Result>(
    policy: Policy<Result>,
    ending: Ending<Result>,
    { attempts, startedAt }: { readonly attempts: number; readonly startedAt: number },
    trace: CallTrace | null,
  ): void {
    if (trace === null && !this.#observer.isListening('onSettled')) return;
    const event = {
      operation: policy.operation,
      attempts,
      durationMs: performance.now() - startedAt,
      ...policy.note,
      ...(ending.kind === 'done' ? policy.summarize(ending.result) : describeError(ending.error)),
    };
    if (trace !== null) Object.assign(trace, event);
    if (ending.kind === 'done' && policy.isInterim?.(ending.result) === true) return;
    this.#observer.tell('onSettled', event);
  }

  #describe({ call, attempts }: Run<unknown>): object {
    return { operation: call.policy.operation, attempt: attempts, host: this.#options.host };
  }
}
