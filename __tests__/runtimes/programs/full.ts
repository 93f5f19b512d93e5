// Node, Bun and Deno: everything. argv: the servers, as JSON.
import { portable, runParts, type Servers } from './portable.js';

const CONTEXT = {
  device: { id: 'd', os: 'Android 15', lang: 'en', locale: 'en_US' },
  connection: { ip: '203.0.113.7' },
  user: { userId: 'ann' },
};

const full = {
  ...portable,
  async 'client with its default transport'() {
    const { KiipClient } = await import('kiip-s2s');
    const { startSandbox } = await import('kiip-s2s/sandbox');
    const sandbox = await startSandbox();
    const client = new KiipClient({ appKey: sandbox.appKey, appVersion: '1', test: true, baseUrl: sandbox.url });
    await client.startSession(CONTEXT);
    const { rewarded } = await client.moment('level_up', CONTEXT);
    await client.close();
    await sandbox.close();
    if (!rewarded) throw new Error('no reward');
  },
  async sandbox() {
    const { startSandbox } = await import('kiip-s2s/sandbox');
    const sandbox = await startSandbox();
    const response = await fetch(`${sandbox.url}/_sandbox/requests`);
    await response.text();
    await sandbox.close();
    if (response.status !== 200) throw new Error(`status ${response.status}`);
  },
  async opentelemetry() {
    const { instrument } = await import('kiip-s2s/opentelemetry');
    const { KiipClient } = await import('kiip-s2s');
    const started: string[] = [];
    const { trace } = await import('@opentelemetry/api');
    const real = trace.getTracer('none');
    const tracer = { ...real, startSpan: (name: string) => (started.push(name), real.startSpan(name)) };
    const stop = instrument({ tracerProvider: { getTracer: () => tracer as typeof real } });
    const send = () => Promise.resolve({ status: 200, headers: {}, body: '{}' });
    const client = new KiipClient({ appKey: 'k', appVersion: '1', test: true, transport: { send } });
    await client.moment('level_up', CONTEXT);
    await client.close();
    stop();
    if (started.join() !== 'kiip moment') throw new Error(`spans: ${started.join()}`);
  },
};

void runParts(full, JSON.parse(process.argv[2] ?? '') as Servers).then((results) => {
  console.log(JSON.stringify(results));
});
