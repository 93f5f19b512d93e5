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
import { readEndpoint, readHost } from './attributes.js';
import type { Instruments } from './instruments.js';

/** The operations of a Kaminari client; every other one is the platform's. */
const OF_KAMINARI: ReadonlySet<string> = new Set(['ping', 'pingtest', 'conversion']);

/** The context object of the tracing channel `kiip-s2s:call`, as documented in docs/telemetry.md. */
interface CallTrace {
  readonly operation: string;
  readonly host: string;
  readonly method: string;
  readonly endpoint?: string;
  readonly phase: 'queued' | 'active' | 'pausing';
  around?: (run: () => void) => void;
  readonly attempts?: number;
  readonly durationMs?: number;
  readonly outcome?: string;
  readonly code?: string;
}

interface AttemptEvent {
  readonly operation: string;
  readonly attempt: number;
  readonly method: string;
  readonly endpoint: string;
  readonly status: number | null;
  readonly failure?: string;
  readonly durationMs: number;
  readonly call?: CallTrace;
}

interface RetryEvent {
  readonly operation: string;
  readonly host: string;
  readonly code: string;
}

/** The gauges of one operation and host. They stay in the list at 0. */
interface Sizes {
  readonly attributes: Attributes;
  active: number;
  queued: number;
}

/** Records the spans and metrics of calls and pings. */
export class CallRecorder {
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;
  readonly #underWay = new Map<CallTrace, Span>();
  readonly #seen = new Map<string, Attributes>();

  constructor(tracer: Tracer, instruments: Instruments) {
    this.#tracer = tracer;
    this.#instruments = instruments;
  }

  readonly start = (call: CallTrace): void => {
    const { operation, host, endpoint, method } = call;
    const server = readHost(host);
    this.#seen.set(`${operation} ${host}`, { 'kiip.operation': operation, ...server });
    const attributes: Attributes = {
      'kiip.operation': operation,
      ...(endpoint === undefined ? server : { 'http.request.method': method, ...readEndpoint(endpoint) }),
    };
    const name = `${OF_KAMINARI.has(operation) ? 'kaminari' : 'kiip'} ${operation}`;
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
    this.#underWay.set(call, span);
    const outer = call.around;
    const inside = trace.setSpan(context.active(), span);
    // If the process is instrumented with several providers, the inner one is active.
    call.around = (run) => {
      const start = (): void => context.with(inside, run);
      if (outer === undefined) start();
      else outer(start);
    };
  };

  readonly attempt = (event: AttemptEvent): void => {
    const { operation, attempt, method, endpoint, status, failure, durationMs, call } = event;
    const errorType = failure ?? (status !== null && status >= 400 ? String(status) : undefined);
    const told: Attributes = {
      ...(status !== null && { 'http.response.status_code': status }),
      ...(errorType !== undefined && { 'error.type': errorType }),
    };
    const attributes = {
      'kiip.operation': operation,
      'http.request.method': method,
      ...readEndpoint(endpoint),
      ...told,
    };
    this.#instruments.requestDuration.record(durationMs / 1000, attributes);
    const span = call === undefined ? undefined : this.#underWay.get(call);
    span?.addEvent('kiip.request', { 'http.request.resend_count': attempt - 1, ...told });
    if (status !== null) span?.setAttribute('http.response.status_code', status);
  };

  readonly retry = ({ operation, host, code }: RetryEvent): void => {
    this.#instruments.retries.add(1, { 'kiip.operation': operation, ...readHost(host), 'error.type': code });
  };

  readonly end = (call: CallTrace): void => {
    const span = this.#underWay.get(call);
    if (span === undefined) return;
    this.#underWay.delete(call);
    const { operation, host, attempts = 0, durationMs = 0, outcome = 'error', code } = call;
    const told: Attributes = { 'kiip.outcome': outcome, ...(code !== undefined && { 'error.type': code }) };
    const attributes = { 'kiip.operation': operation, ...readHost(host), ...told };
    this.#instruments.callDuration.record(durationMs / 1000, attributes, trace.setSpan(context.active(), span));
    this.#instruments.calls.add(1, attributes);
    span.setAttributes(told);
    if (attempts > 1) span.setAttribute('http.request.resend_count', attempts - 1);
    if (outcome === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };

  /** Reports the gauges whenever metrics are collected. */
  observe(): () => void {
    const { activeCalls, queuedCalls } = this.#instruments;
    const report =
      (gauge: 'active' | 'queued') =>
      (result: ObservableResult): void => {
        for (const sizes of this.#count()) result.observe(sizes[gauge], sizes.attributes);
      };
    const active = report('active');
    const queued = report('queued');
    activeCalls.addCallback(active);
    queuedCalls.addCallback(queued);
    return () => {
      activeCalls.removeCallback(active);
      queuedCalls.removeCallback(queued);
    };
  }

  #count(): Iterable<Sizes> {
    const sizes = new Map<string, Sizes>();
    for (const [key, attributes] of this.#seen) sizes.set(key, { attributes, active: 0, queued: 0 });
    for (const { operation, host, phase } of this.#underWay.keys()) {
      const own = sizes.get(`${operation} ${host}`);
      if (own !== undefined) own[phase === 'queued' ? 'queued' : 'active'] += 1;
    }
    return sizes.values();
  }
}
