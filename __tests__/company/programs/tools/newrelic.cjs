// Serverless mode needs no collector, and still writes its headers.
Object.assign(process.env, {
  NEW_RELIC_NO_CONFIG_FILE: 'true',
  NEW_RELIC_APP_NAME: 'company',
  NEW_RELIC_SERVERLESS_MODE_ENABLED: 'true',
  NEW_RELIC_ACCOUNT_ID: '1',
  NEW_RELIC_TRUSTED_ACCOUNT_KEY: '1',
  NEW_RELIC_PRIMARY_APPLICATION_ID: '1',
  NEW_RELIC_LOG_ENABLED: 'false',
});
const newrelic = require('newrelic');

globalThis.tool = {
  trace: (work) =>
    newrelic.startBackgroundTransaction('caller', async () => {
      const calls = await work();
      const { traceId, spanId } = newrelic.getTraceMetadata();
      return { calls, traceId, spanId, spans: null };
    }),
};
