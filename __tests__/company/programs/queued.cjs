// Two moments for one place in flight, and a ping that is told "not yet" once: whose spans are the requests children of?
const { trace } = require('@opentelemetry/api');
const { KiipClient } = require('kiip-s2s');
const { KaminariClient } = require('kiip-s2s/kaminari');
const { device, report, visitor } = require('./calls.cjs');

const url = process.argv[2];

/** Runs `work` inside a span that is named for it. */
const inSpan = (name, work) =>
  trace.getTracer('company').startActiveSpan(name, async (span) => {
    await work();
    span.end();
    return [name, span.spanContext().traceId];
  });

async function main() {
  const client = new KiipClient({ appKey: 'key', appVersion: '1', test: true, baseUrl: url, maxConcurrent: 1 });
  const kaminari = new KaminariClient({ kmnrKey: 'key', baseUrl: url });
  const context = { device, connection: { ip: '8.8.8.8' } };
  const spans = await Promise.all([
    ...['first', 'second', 'third'].map((name) => inSpan(name, () => client.moment(name, context))),
    inSpan('not_yet', () => kaminari.ping({ kmnrId: 'not_yet', visitor })),
  ]);
  await client.close();
  await kaminari.close();
  report(Object.fromEntries(spans));
}

void main();
