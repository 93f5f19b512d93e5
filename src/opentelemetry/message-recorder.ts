import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type ObservableResult,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { Instruments } from './instruments.js';

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
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;
  readonly #underWay = new Map<MessageTrace, Span>();
  readonly #seen = new Set<string>();

  constructor(tracer: Tracer, instruments: Instruments) {
    this.#tracer = tracer;
    this.#instruments = instruments;
  }

  readonly start = (told: MessageTrace): void => {
    const { message, around: outer } = told;
    this.#seen.add(message);
    // Make the span internal, because the instrumentation of the HTTP server records the request itself.
    const span = this.#tracer.startSpan(`kiip ${message}`, {
      kind: SpanKind.INTERNAL,
      attributes: { 'kiip.message': message },
    });
    this.#underWay.set(told, span);
    const inside = trace.setSpan(context.active(), span);
    told.around = (run) => {
      const start = (): void => context.with(inside, run);
      if (outer === undefined) start();
      else outer(start);
    };
  };

  readonly end = (told: MessageTrace): void => {
    const span = this.#underWay.get(told);
    if (span === undefined) return;
    this.#underWay.delete(told);
    const { message, type, outcome = 'failed', code, status = 500, durationMs = 0 } = told;
    const attributes: Attributes = {
      'kiip.message': message,
      ...(type !== undefined && { 'kiip.message.type': type }),
      'kiip.outcome': outcome,
      'http.response.status_code': status,
      ...(code !== undefined && { 'error.type': code }),
    };
    this.#instruments.messageDuration.record(durationMs / 1000, attributes, trace.setSpan(context.active(), span));
    this.#instruments.messages.add(1, attributes);
    span.setAttributes(attributes);
    if (status === 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };

  /** Reports the number of messages in progress whenever metrics are collected. */
  observe(): () => void {
    const { activeMessages } = this.#instruments;
    const report = (result: ObservableResult): void => {
      for (const message of this.#seen) {
        const active = [...this.#underWay.keys()].filter((told) => told.message === message).length;
        result.observe(active, { 'kiip.message': message });
      }
    };
    activeMessages.addCallback(report);
    return () => activeMessages.removeCallback(report);
  }
}
