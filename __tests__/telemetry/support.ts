import { context, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type HistogramMetricData,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

/** The real SDK with exporters that keep everything in memory. */
export function startSdk() {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  return {
    spans,
    tracerProvider,
    meterProvider,
    async collect(): Promise<readonly MetricData[]> {
      metrics.reset();
      await meterProvider.forceFlush();
      return metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all));
    },
    async stop(): Promise<void> {
      await tracerProvider.shutdown();
      await meterProvider.shutdown();
    },
  };
}

/** Makes OpenTelemetry's context follow asynchronous work; returns what ends that. */
export function followContext(): () => void {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  return () => {
    context.disable();
    trace.disable();
  };
}

/** The value of one data point: a histogram's is its number of records. */
export function readValue(value: unknown): number {
  return typeof value === 'number' ? value : (value as HistogramMetricData['dataPoints'][number]['value']).count;
}

/** The sum of the data points whose attributes have these values. */
export function sum(
  metrics: readonly MetricData[],
  name: string,
  where: Readonly<Record<string, unknown>> = {},
): number {
  const found = metrics.find(({ descriptor }) => descriptor.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found.dataPoints
    .filter(({ attributes }) => Object.entries(where).every(([key, value]) => attributes[key] === value))
    .reduce((total, { value }) => total + readValue(value), 0);
}
