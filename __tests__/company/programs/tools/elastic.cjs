const apm = require('elastic-apm-node').start({
  serviceName: 'company',
  serverUrl: 'http://127.0.0.1:1',
  disableSend: true,
  logLevel: 'off',
  captureSpanStackTraces: false,
});

globalThis.tool = {
  trace: async (work) => {
    const transaction = apm.startTransaction('caller');
    const calls = await work();
    transaction.end();
    const { 'trace.id': traceId, 'transaction.id': spanId } = transaction.ids;
    return { calls, traceId, spanId, spans: null };
  },
};
