const Sentry = require('@sentry/node');

const transactions = [];
Sentry.init({
  dsn: 'http://public@127.0.0.1:1/1',
  tracesSampleRate: 1,
  traceLifecycle: 'static',
  tracePropagationTargets: [/./],
  beforeSendTransaction: (event) => (transactions.push(event), null),
});

globalThis.tool = {
  trace: async (work) => {
    const { calls, ids } = await Sentry.startSpan({ name: 'caller', forceTransaction: true }, async (span) => ({
      calls: await work(),
      ids: span.spanContext(),
    }));
    await Sentry.flush(2_000);
    const spans = transactions.flatMap((event) => event.spans ?? []).filter((span) => span.op === 'http.client');
    return {
      calls,
      traceId: ids.traceId,
      spanId: ids.spanId,
      spans: spans.map((span) => ({
        id: span.span_id,
        traceId: span.trace_id,
        parentId: span.parent_span_id,
        ok: span.status === 'ok',
      })),
    };
  },
};
