const { trace } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });

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
        kind: span.kind,
        ok: span.status.code !== 2,
      }));
      return { calls, traceId, spanId, spans: spans.filter((span) => span.id !== spanId) };
    }),
};
