import {
  context,
  SpanStatusCode,
  trace,
  type Attributes,
  type Counter,
  type Histogram,
  type ObservableCallback,
  type ObservableGauge,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';

/** The part that all context objects of our tracing channels share. */
interface Traced {
  around?: (run: () => void) => void;
  readonly durationMs?: number;
}

/** The end of some work. */
interface Ending {
  readonly duration: Histogram;
  readonly count: Counter;
  readonly attributes: Attributes;
  /** @defaultValue `attributes` */
  readonly spanAttributes?: Attributes;
  readonly isError: boolean;
}

/** The spans of work that has begun and not ended, by the context objects of its tracing channel. */
export class OpenSpans<Trace extends Traced> {
  readonly #tracer: Tracer;
  readonly #spans = new Map<Trace, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The work that has a span. */
  get traces(): readonly Trace[] {
    return [...this.#spans.keys()];
  }

  find(told: Trace): Span | undefined {
    return this.#spans.get(told);
  }

  /** Starts a span and makes it active while the work runs. */
  start(told: Trace, name: string, options: SpanOptions): void {
    const span = this.#tracer.startSpan(name, options);
    this.#spans.set(told, span);
    const outer = told.around;
    const inside = trace.setSpan(context.active(), span);
    // With several providers, the contexts nest: the last provider to start has the innermost, active span.
    told.around = (run) => {
      const start = (): void => context.with(inside, run);
      if (outer === undefined) start();
      else outer(start);
    };
  }

  /** Ends the span of work that has ended, and records the measurements that both instruments make of it. */
  end(told: Trace, { duration, count, attributes, spanAttributes = attributes, isError }: Ending): void {
    const span = this.#spans.get(told);
    if (span === undefined) return;
    this.#spans.delete(told);
    duration.record((told.durationMs ?? 0) / 1000, attributes, trace.setSpan(context.active(), span));
    count.add(1, attributes);
    span.setAttributes(spanAttributes);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

/** Calls `report` whenever metrics are collected, until the returned function is called. */
export function observe(gauge: ObservableGauge, report: ObservableCallback): () => void {
  gauge.addCallback(report);
  return () => gauge.removeCallback(report);
}
