import type { Attributes, MeterProvider, ObservableResult } from '@opentelemetry/api';
import { readHost } from './attributes.js';
import { createInstruments, type Instruments } from './instruments.js';
import { SCOPE } from './scope.js';
import {
  describeAttempt,
  describeCallEnd,
  describeMessageEnd,
  listen,
  type AttemptEvent,
  type CallTrace,
  type Channels,
  type MessageTrace,
  type RetryEvent,
} from './traces.js';

/** Records the metrics of calls and messages. Returns the function that stops recording. */
export function recordMetrics(
  { calls, messages, attempts, retries }: Channels,
  findProvider: () => MeterProvider | null,
): () => void {
  const metrics = new Metrics(findProvider);
  const undo = [
    listen(calls.start, metrics.startCall),
    listen(calls.asyncEnd, metrics.endCall),
    listen(attempts, metrics.countAttempt),
    listen(retries, metrics.countRetry),
    listen(messages.start, metrics.startMessage),
    listen(messages.asyncEnd, metrics.endMessage),
  ];
  return () => {
    undo.forEach((stop) => stop());
    metrics.stopGauges();
  };
}

/** Names the series of a gauge that a call counts in. */
const nameSeries = ({ operation, host }: CallTrace): string => `${operation} ${host}`;

class Metrics {
  readonly #findProvider: () => MeterProvider | null;
  #provider: MeterProvider | null = null;
  #instruments: Instruments | null = null;
  readonly #calls = new Set<CallTrace>();
  readonly #messages = new Set<MessageTrace>();
  // A series that was seen once is reported from then on, even at 0.
  readonly #seenCalls = new Map<string, Attributes>();
  readonly #seenMessages = new Set<string>();

  constructor(findProvider: () => MeterProvider | null) {
    this.#findProvider = findProvider;
    this.#findInstruments();
  }

  readonly startCall = (call: CallTrace): void => {
    const { operation, host } = call;
    this.#seenCalls.set(nameSeries(call), { 'kiip.operation': operation, ...readHost(host) });
    this.#calls.add(call);
    this.#findInstruments();
  };

  readonly countAttempt = (event: AttemptEvent): void => {
    this.#findInstruments()?.requestDuration.record(event.durationMs / 1000, describeAttempt(event));
  };

  readonly countRetry = ({ operation, host, code }: RetryEvent): void => {
    this.#findInstruments()?.retries.add(1, { 'kiip.operation': operation, ...readHost(host), 'error.type': code });
  };

  readonly endCall = (call: CallTrace): void => {
    if (!this.#calls.delete(call)) return;
    const { operation, host, durationMs = 0 } = call;
    const attributes = { 'kiip.operation': operation, ...readHost(host), ...describeCallEnd(call) };
    const instruments = this.#findInstruments();
    instruments?.callDuration.record(durationMs / 1000, attributes);
    instruments?.calls.add(1, attributes);
  };

  readonly startMessage = (told: MessageTrace): void => {
    this.#seenMessages.add(told.message);
    this.#messages.add(told);
    this.#findInstruments();
  };

  readonly endMessage = (told: MessageTrace): void => {
    if (!this.#messages.delete(told)) return;
    const { durationMs = 0 } = told;
    const attributes = describeMessageEnd(told);
    const instruments = this.#findInstruments();
    instruments?.messageDuration.record(durationMs / 1000, attributes);
    instruments?.messages.add(1, attributes);
  };

  stopGauges(): void {
    this.#instruments?.activeCalls.removeCallback(this.#reportActive);
    this.#instruments?.queuedCalls.removeCallback(this.#reportQueued);
    this.#instruments?.activeMessages.removeCallback(this.#reportMessages);
  }

  /** Finds the current provider's instruments. A meter from before the SDK started never records, because OpenTelemetry's API has no proxy for meters. */
  #findInstruments(): Instruments | null {
    const provider = this.#findProvider();
    if (provider !== this.#provider) {
      this.stopGauges();
      this.#instruments = provider === null ? null : this.#createInstruments(provider);
      this.#provider = provider;
    }
    return this.#instruments;
  }

  #createInstruments(provider: MeterProvider): Instruments {
    const instruments = createInstruments(provider.getMeter(...SCOPE));
    instruments.activeCalls.addCallback(this.#reportActive);
    instruments.queuedCalls.addCallback(this.#reportQueued);
    instruments.activeMessages.addCallback(this.#reportMessages);
    return instruments;
  }

  readonly #reportActive = (result: ObservableResult): void =>
    this.#reportCalls(result, ({ phase }) => phase !== 'queued');
  readonly #reportQueued = (result: ObservableResult): void =>
    this.#reportCalls(result, ({ phase }) => phase === 'queued');

  #reportCalls(result: ObservableResult, counts: (call: CallTrace) => boolean): void {
    const counted = [...this.#calls].filter(counts).map(nameSeries);
    for (const [series, attributes] of this.#seenCalls)
      result.observe(counted.filter((other) => other === series).length, attributes);
  }

  readonly #reportMessages = (result: ObservableResult): void => {
    for (const message of this.#seenMessages) {
      const active = [...this.#messages].filter((told) => told.message === message).length;
      result.observe(active, { 'kiip.message': message });
    }
  };
}
