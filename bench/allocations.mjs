// Measures the bytes allocated per call. They repeat within one or two percent, which CPU time does not, so CI gates on
// them: `node bench/allocations.mjs --gate` exits with 1 when the client allocates more than its share of what axios or
// hand-written code allocates.
import { pathToFileURL } from 'node:url';
import { contenders } from './support/contenders.mjs';
import { startServer, startWorker, UNCOLLECTED } from './support/processes.mjs';
import { median, table, thousands } from './support/stats.mjs';

// The most that the client may allocate, as a share of axios.create. `node bench/run.mjs profile` shows where its bytes
// go.
const LIMIT = 0.36;
const CONCURRENCY = 50;
const NAMES = Object.keys(contenders);
const [OURS, AXIOS] = NAMES;

async function measure(name, url) {
  const worker = await startWorker(name, { url, execArgv: UNCOLLECTED });
  try {
    await worker.ask('warm', { concurrency: CONCURRENCY, calls: 10_000 });
    const all = [];
    for (let i = 0; i < 5; i += 1) all.push(await worker.ask('allocate', { concurrency: CONCURRENCY, calls: 1_500 }));
    const windows = all.filter(({ collections }) => collections === 0);
    if (windows.length < 3) throw new Error(`${name}: memory was collected while it was counted`);
    return {
      name,
      heap: median(windows.map(({ heapBytes }) => heapBytes)),
      buffers: median(windows.map(({ bufferBytes }) => bufferBytes)),
      total: median(windows.map(({ heapBytes, bufferBytes }) => heapBytes + bufferBytes)),
    };
  } finally {
    await worker.stop();
  }
}

async function measureAll(names) {
  const server = await startServer();
  const results = [];
  try {
    for (const name of names) results.push(await measure(name, server.url));
  } finally {
    server.stop();
  }
  return results;
}

export async function run() {
  const results = await measureAll(NAMES);
  const axios = results.find(({ name }) => name === AXIOS);
  return table(
    ['', 'heap, bytes per call', 'buffers, bytes per call', 'together', '× of axios.create'],
    results.map(({ name, heap, buffers, total }) => [
      name,
      thousands(heap),
      thousands(buffers),
      thousands(total),
      (total / axios.total).toFixed(3),
    ]),
  );
}

async function gate() {
  const limits = { [AXIOS]: LIMIT, 'http.request by hand': 1.6 };
  const [ours, ...others] = await measureAll([OURS, ...Object.keys(limits)]);
  console.log(`${OURS}: ${thousands(ours.total)} bytes per call`);
  for (const { name, total } of others) {
    const share = ours.total / total;
    const verdict = share <= limits[name] ? 'passed' : 'FAILED';
    console.log(
      `${name}: ${thousands(total)} bytes per call, ratio ${share.toFixed(3)}, limit ${limits[name]}: ${verdict}`,
    );
    if (verdict === 'FAILED') process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--gate')) await gate();
  else console.log(await run());
}
