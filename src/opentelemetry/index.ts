/**
 * Spans and metrics for OpenTelemetry.
 *
 * @module kiip-s2s/opentelemetry
 */
export { instrument, type InstrumentOptions } from './instrument.js';
