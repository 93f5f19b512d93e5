import { SpanKind, type Attributes, type ObservableResult, type Tracer } from '@opentelemetry/api';
import type { Instruments } from './instruments.js';
import { observe, OpenSpans } from './open-spans.js';

/** The context object of the tracing channel `kiip-s2s:callback`, as documented in docs/telemetry.md. */
interface MessageTrace {
  readonly message: string;
  around?: (run: () => void) => void;
  readonly type?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly status?: number;
  readonly durationMs?: number;
}

/** Records the spans and metrics of callbacks and ping-backs. */
export class MessageRecorder {
  readonly #spans: OpenSpans<MessageTrace>;
  readonly #instruments: Instruments;
  readonly #seen = new Set<string>();

  constructor(tracer: Tracer, instruments: Instruments) {
    this.#spans = new OpenSpans(tracer);
    this.#instruments = instruments;
  }

  readonly start = (told: MessageTrace): void => {
    const { message } = told;
    this.#seen.add(message);
    // Make the span internal, because the instrumentation of the HTTP server records the request itself.
    const options = { kind: SpanKind.INTERNAL, attributes: { 'kiip.message': message } };
    this.#spans.start(told, `kiip ${message}`, options);
  };

  readonly end = (told: MessageTrace): void => {
    const { message, type, outcome = 'failed', code, status = 500 } = told;
    const attributes: Attributes = {
      'kiip.message': message,
      ...(type !== undefined && { 'kiip.message.type': type }),
      'kiip.outcome': outcome,
      'http.response.status_code': status,
      ...(code !== undefined && { 'error.type': code }),
    };
    this.#spans.end(told, {
      duration: this.#instruments.messageDuration,
      count: this.#instruments.messages,
      attributes,
      isError: status === 500,
    });
  };

  /** Reports the number of messages in progress whenever metrics are collected. */
  observe(): () => void {
    return observe(this.#instruments.activeMessages, (result: ObservableResult) => {
      for (const message of this.#seen) {
        const active = this.#spans.traces.filter((told) => told.message === message).length;
        result.observe(active, { 'kiip.message': message });
      }
    });
  }
}
