const { metrics, trace } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics'); // prettier-ignore
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(meterProvider);
// A conversion has all of it in its query.
const redactedQueryParams = ['kmnrKey', 'cnvId', 'sub1'];
registerInstrumentations({ instrumentations: [new HttpInstrumentation({ redactedQueryParams })] });

globalThis.tool = {
  trace: (work) =>
    trace.getTracer('company').startActiveSpan('caller', async (caller) => {
      const calls = await work();
      caller.end();
      await provider.forceFlush();
      const { traceId, spanId } = caller.spanContext();
      const spans = exporter.getFinishedSpans().map((span) => ({
        id: span.spanContext().spanId,
        traceId: span.spanContext().traceId,
        parentId: span.parentSpanContext?.spanId ?? null,
        name: span.name,
        scope: span.instrumentationScope.name,
        kind: span.kind,
        attributes: span.attributes,
        events: span.events.map(({ name, attributes }) => ({ name, attributes })),
        ok: span.status.code !== 2,
      }));
      return { calls, traceId, spanId, spans: spans.filter((span) => span.id !== spanId) };
    }),

  /** How often each histogram was recorded, and what with. */
  async collect() {
    await meterProvider.forceFlush();
    const all = metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    return all.map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      count: dataPoints.reduce((total, { value }) => total + (value.count ?? value), 0),
      attributes: dataPoints.map(({ attributes }) => attributes),
    }));
  },
};
