import { metrics, trace, type MeterProvider, type ProxyTracerProvider, type TracerProvider } from '@opentelemetry/api';
import { checkOptions } from '../check/check-options.js';
import { having } from '../check/rules.js';
import * as z from '../zod.js';
import { joinFeed } from './feeds.js';
import { recordMetrics } from './metrics.js';
import { recordSpans } from './spans.js';
import { findChannels } from './traces.js';

/** Options of {@link instrument}. */
export interface InstrumentOptions {
  /**
   * Receives the spans.
   * @defaultValue The global provider, including one that is registered later.
   */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * Receives the metrics.
   * @defaultValue The global provider, including one that is registered later.
   */
  readonly meterProvider?: MeterProvider | undefined;
}

const schema = z.strictObject({
  tracerProvider: having<TracerProvider>(['getTracer'], 'a TracerProvider of OpenTelemetry'),
  meterProvider: having<MeterProvider>(['getMeter'], 'a MeterProvider of OpenTelemetry'),
});

/**
 * Records spans and metrics of every client and receiver of the process: a span for each call, ping and callback, and the instruments of
 * docs/telemetry.md. Existing clients are recorded too, and an SDK that starts later gets what comes then. No provider gets anything twice,
 * however often you call it.
 *
 * No attribute holds a key, an id, a player's address, a place or a body.
 *
 * @returns A function that undoes the call. Spans under way end then.
 * @throws KiipConfigError when an option is wrong or the runtime has no diagnostics channels.
 * @example
 * ```ts
 * import { instrument } from 'kiip-s2s/opentelemetry';
 *
 * // Call it when the clients and receivers have closed.
 * export const stopRecording = instrument();
 * ```
 */
export function instrument(options: InstrumentOptions = {}): () => void {
  checkOptions('instrument', schema, options);
  const { tracerProvider, meterProvider } = options;
  const channels = findChannels();
  const findTracers = (): TracerProvider => unwrap(tracerProvider ?? trace.getTracerProvider());
  const findMeters = (): MeterProvider => meterProvider ?? metrics.getMeterProvider();
  const leave = [
    joinFeed('spans', findTracers, (findOwn) => recordSpans(channels, findOwn)),
    joinFeed('metrics', findMeters, (findOwn) => recordMetrics(channels, findOwn)),
  ];
  return () => leave.forEach((stop) => stop());
}

/** Finds the provider behind the proxy of OpenTelemetry's API, so that the global provider equals the same one passed as an option. */
function unwrap(provider: TracerProvider): TracerProvider {
  return (provider as Partial<ProxyTracerProvider>).getDelegate?.() ?? provider;
}
