import { createPingWorker } from 'kiip-s2s/bullmq';

// A worker process of the tests, to be killed. What happens is reported line by line; the last line before a kill may be missing.
const [port, baseUrl] = process.argv.slice(2);
const worker = createPingWorker({
  connection: { host: '127.0.0.1', port: Number(port) },
  kmnrKey: 'XXXXXXXX',
  baseUrl,
  concurrency: 50,
  lockDurationMs: 3_000,
  stalledIntervalMs: 500,
  timeoutMs: 2_000,
  retry: { baseDelayMs: 50, maxDelayMs: 500 },
});
void worker.ready().then(() => process.stdout.write('ready\n'));
process.once('SIGTERM', () => void worker.close());
