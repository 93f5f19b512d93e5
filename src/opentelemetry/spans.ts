import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type TracerProvider,
} from '@opentelemetry/api';
import { readEndpoint, readHost } from './attributes.js';
import { SCOPE } from './scope.js';
import {
  describeAttemptEnd,
  describeCallEnd,
  describeMessageEnd,
  listen,
  type AttemptEvent,
  type CallTrace,
  type Channels,
  type MessageTrace,
} from './traces.js';

const KAMINARI: ReadonlySet<string> = new Set(['ping', 'pingtest', 'conversion']);

/** Records a span for each call and each message. Returns the function that stops recording and ends the open spans. */
export function recordSpans(
  { calls, messages, attempts }: Channels,
  findProvider: () => TracerProvider | null,
): () => void {
  const spans = new Spans(findProvider);
  const undo = [
    listen(calls.start, spans.startCall),
    listen(calls.asyncEnd, spans.endCall),
    listen(attempts, spans.addAttempt),
    listen(messages.start, spans.startMessage),
    listen(messages.asyncEnd, spans.endMessage),
  ];
  return () => {
    undo.forEach((stop) => stop());
    spans.endAll();
  };
}

class Spans {
  readonly #findProvider: () => TracerProvider | null;
  readonly #underWay = new Map<object, Span>();

  constructor(findProvider: () => TracerProvider | null) {
    this.#findProvider = findProvider;
  }

  readonly startCall = (call: CallTrace): void => {
    const { operation, host, endpoint, method } = call;
    const name = `${KAMINARI.has(operation) ? 'kaminari' : 'kiip'} ${operation}`;
    this.#start(call, name, SpanKind.CLIENT, {
      'kiip.operation': operation,
      ...(endpoint === undefined ? readHost(host) : { 'http.request.method': method, ...readEndpoint(endpoint) }),
    });
  };

  readonly addAttempt = (event: AttemptEvent): void => {
    const { attempt, status, call } = event;
    const span = call === undefined ? undefined : this.#underWay.get(call);
    span?.addEvent('kiip.request', { 'http.request.resend_count': attempt - 1, ...describeAttemptEnd(event) });
    if (status !== null) span?.setAttribute('http.response.status_code', status);
  };

  readonly endCall = (call: CallTrace): void => {
    const { attempts = 0, outcome = 'error' } = call;
    const resent: Attributes = attempts > 1 ? { 'http.request.resend_count': attempts - 1 } : {};
    this.#end(call, { ...describeCallEnd(call), ...resent }, { isError: outcome === 'error' });
  };

  readonly startMessage = (told: MessageTrace): void => {
    const { message } = told;
    // Make the span internal, because the instrumentation of the HTTP server records the request itself.
    this.#start(told, `kiip ${message}`, SpanKind.INTERNAL, { 'kiip.message': message });
  };

  readonly endMessage = (told: MessageTrace): void => {
    const attributes = describeMessageEnd(told);
    this.#end(told, attributes, { isError: attributes['http.response.status_code'] === 500 });
  };

  /** Ends the open spans: a span that never ends is never exported, and its children would lack their parent. */
  endAll(): void {
    for (const span of this.#underWay.values()) span.end();
    this.#underWay.clear();
  }

  #start(traced: CallTrace | MessageTrace, name: string, kind: SpanKind, attributes: Attributes): void {
    const provider = this.#findProvider();
    if (provider === null) return;
    const span = provider.getTracer(...SCOPE).startSpan(name, { kind, attributes });
    this.#underWay.set(traced, span);
    // Without an SDK, the span is empty and must not hide the active one.
    if (!isSpanContextValid(span.spanContext())) return;
    const outer = traced.around;
    const inside = trace.setSpan(context.active(), span);
    // With several providers, the contexts nest: the last provider to start has the innermost, active span.
    traced.around = (run) => {
      const start = (): void => context.with(inside, run);
      if (outer === undefined) start();
      else outer(start);
    };
  }

  #end(traced: object, attributes: Attributes, { isError }: { readonly isError: boolean }): void {
    const span = this.#underWay.get(traced);
    if (span === undefined) return;
    this.#underWay.delete(traced);
    span.setAttributes(attributes);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}
