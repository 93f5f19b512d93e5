import { SpanKind, type Attributes, type ObservableResult, type Tracer } from '@opentelemetry/api';
import { readEndpoint, readHost } from './attributes.js';
import type { Instruments } from './instruments.js';
import { observe, OpenSpans } from './open-spans.js';

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

/** The values of the gauges for one operation and host. A pair that was seen once is reported from then on, even at 0. */
interface Sizes {
  readonly attributes: Attributes;
  active: number;
  queued: number;
}

/** Records the spans and metrics of calls and pings. */
export class CallRecorder {
  readonly #spans: OpenSpans<CallTrace>;
  readonly #instruments: Instruments;
  readonly #seen = new Map<string, Attributes>();

  constructor(tracer: Tracer, instruments: Instruments) {
    this.#spans = new OpenSpans(tracer);
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
    this.#spans.start(call, name, { kind: SpanKind.CLIENT, attributes });
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
    const span = call === undefined ? undefined : this.#spans.find(call);
    span?.addEvent('kiip.request', { 'http.request.resend_count': attempt - 1, ...told });
    if (status !== null) span?.setAttribute('http.response.status_code', status);
  };

  readonly retry = ({ operation, host, code }: RetryEvent): void => {
    this.#instruments.retries.add(1, { 'kiip.operation': operation, ...readHost(host), 'error.type': code });
  };

  readonly end = (call: CallTrace): void => {
    const { operation, host, attempts = 0, outcome = 'error', code } = call;
    const told: Attributes = { 'kiip.outcome': outcome, ...(code !== undefined && { 'error.type': code }) };
    this.#spans.end(call, {
      duration: this.#instruments.callDuration,
      count: this.#instruments.calls,
      attributes: { 'kiip.operation': operation, ...readHost(host), ...told },
      spanAttributes: { ...told, ...(attempts > 1 && { 'http.request.resend_count': attempts - 1 }) },
      isError: outcome === 'error',
    });
  };

  /** Reports the gauges whenever metrics are collected. */
  observe(): () => void {
    const { activeCalls, queuedCalls } = this.#instruments;
    const report =
      (gauge: 'active' | 'queued') =>
      (result: ObservableResult): void => {
        for (const sizes of this.#count()) result.observe(sizes[gauge], sizes.attributes);
      };
    const undo = [observe(activeCalls, report('active')), observe(queuedCalls, report('queued'))];
    return () => undo.forEach((stop) => stop());
  }

  #count(): Iterable<Sizes> {
    const sizes = new Map<string, Sizes>();
    for (const [key, attributes] of this.#seen) sizes.set(key, { attributes, active: 0, queued: 0 });
    for (const { operation, host, phase } of this.#spans.traces) {
      const own = sizes.get(`${operation} ${host}`);
      if (own !== undefined) own[phase === 'queued' ? 'queued' : 'active'] += 1;
    }
    return sizes.values();
  }
}
