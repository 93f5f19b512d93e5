// Measures the heap that a call takes while it waits for its answer: 10,000 calls that nobody answers.
import { pathToFileURL } from 'node:url';
import { startServer, startWorker } from './support/processes.mjs';
import { median, table, thousands } from './support/stats.mjs';

const CALLS = 10_000;
const AXIOS = 'axios.create';
const cases = [
  { label: 'client.moment(), a connection each', name: 'client.moment()', sockets: CALLS },
  { label: 'axios.create, a connection each', name: AXIOS, sockets: CALLS },
  { label: 'http.request by hand, a connection each', name: 'http.request by hand', sockets: CALLS },
  { label: 'client.moment() on undici, a connection each', name: 'client.moment() on undici', sockets: CALLS },
  { label: 'undici.request, a connection each', name: 'undici.request', sockets: CALLS },
  { label: 'bare socket, a connection each', name: 'bare socket', sockets: CALLS },
  { label: 'client.moment(), 256 connections, the rest in line', name: 'client.moment()', sockets: 256 },
  { label: 'axios.create, 256 connections, the rest in line', name: AXIOS, sockets: 256 },
];

async function measure({ name, sockets }) {
  // Start a server for each case, so that no connection of the case before is still being closed.
  const server = await startServer();
  const worker = await startWorker(name, { url: server.holdUrl, sockets, execArgv: ['--expose-gc'] });
  try {
    const { heapBytes, residentBytes } = await worker.ask('hold', { calls: CALLS, settleMs: 6_000 });
    const held = await server.held();
    if (held !== Math.min(CALLS, sockets)) throw new Error(`${name}: ${held} of ${sockets} requests had arrived`);
    return { heapBytes, residentBytes };
  } finally {
    server.drop();
    await worker.stop();
    server.stop();
  }
}

export async function run({ quick = false } = {}) {
  const results = cases.map((one) => ({ ...one, heap: [], resident: [] }));
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    for (const result of results) {
      const { heapBytes, residentBytes } = await measure(result);
      result.heap.push(heapBytes);
      result.resident.push(residentBytes);
    }
  }
  const axiosWith = (connections) => results.find(({ name, sockets }) => name === AXIOS && sockets === connections);
  return table(
    ['', 'heap, bytes per call', '× of axios.create', 'resident memory, bytes per call'],
    results.map(({ label, sockets, heap, resident }) => [
      label,
      thousands(median(heap)),
      (median(heap) / median(axiosWith(sockets).heap)).toFixed(2),
      thousands(median(resident)),
    ]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(await run());
