import { ValueType, type Counter, type Histogram, type Meter, type ObservableGauge } from '@opentelemetry/api';

/** The instruments, with the names, units and attributes of docs/telemetry.md. */
export interface Instruments {
  readonly callDuration: Histogram;
  readonly calls: Counter;
  readonly requestDuration: Histogram;
  readonly retries: Counter;
  readonly activeCalls: ObservableGauge;
  readonly queuedCalls: ObservableGauge;
  readonly messageDuration: Histogram;
  readonly messages: Counter;
  readonly activeMessages: ObservableGauge;
}

/** The histogram bounds of the HTTP conventions, in seconds, plus longer ones, because a ping may take five minutes. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300];

/** Creates the instruments. Requests get their own metric, because instrumentations of `node:http` already feed `http.client.request.duration`. */
export function createInstruments(meter: Meter): Instruments {
  const histogram = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: SECONDS } });
  const gauge = (name: string, unit: string, description: string): ObservableGauge =>
    meter.createObservableGauge(name, { description, unit, valueType: ValueType.INT });
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { description, unit, valueType: ValueType.INT });
  return {
    callDuration: histogram('kiip.client.call.duration', 'Calls and pings, with their queueing, requests and pauses.'),
    calls: counter('kiip.client.calls', '{call}', 'Calls and pings that have ended, by outcome.'),
    requestDuration: histogram('kiip.client.request.duration', 'Single HTTP requests of calls and pings.'),
    retries: counter('kiip.client.retries', '{retry}', 'Requests that were repeated, by what went wrong before.'),
    activeCalls: gauge(
      'kiip.client.active_calls',
      '{call}',
      'Calls and pings in progress, including pauses between two requests.',
    ),
    queuedCalls: gauge('kiip.client.queued_calls', '{call}', 'Calls and pings that wait in the queue.'),
    messageDuration: histogram('kiip.receiver.message.duration', 'Callbacks and ping-backs, with their handlers.'),
    messages: counter('kiip.receiver.messages', '{message}', 'Callbacks and ping-backs, by outcome.'),
    activeMessages: gauge('kiip.receiver.active_messages', '{message}', 'Callbacks and ping-backs being handled.'),
  };
}
