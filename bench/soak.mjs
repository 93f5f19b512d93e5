// Sends 100,000 moments through one client to the sandbox, on each engine, and measures what is left after the first
// 10,000, after all of them, and after close(). Fails when anything grew. Run it with: node bench/soak.mjs [--quick]
import { fork } from 'node:child_process';
import { createHook } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { getEventListeners, once } from 'node:events';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, momentId } from './support/fixtures.mjs';
import { table, thousands } from './support/stats.mjs';

/**
 * The most bytes by which the heap may grow: twice what compiling adds meanwhile. An object of 16 bytes left behind by
 * each of 90,000 moments would make 1.4 MB.
 */
const HEAP_LIMIT = 900_000;
const LANES = 50;

const engines = [
  { name: 'default', make: async () => (await import('../dist/esm/transport/index.js')).createTransport() },
  { name: 'undici', make: async () => (await import('../dist/esm/transport/undici/index.js')).undiciTransport() },
];

async function serve() {
  const { startSandbox } = await import('../dist/esm/sandbox/index.js');
  const { url, appKey } = await startSandbox();
  process.send({ url, appKey });
  process.on('disconnect', () => process.exit());
}

/** Counts the process's connections and timers from now on. */
function startCounting() {
  const sockets = new Set();
  const noteSocket = ({ socket }) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  diagnostics.subscribe('net.client.socket', noteSocket);
  const timers = new Set();
  const hook = createHook({
    init: (id, type) => type === 'Timeout' && timers.add(id),
    destroy: (id) => timers.delete(id),
  }).enable();
  const stop = () => {
    diagnostics.unsubscribe('net.client.socket', noteSocket);
    hook.disable();
  };
  return { sockets, timers, stop };
}

async function soak({ name, make }, { first, total }) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const { KiipClient } = await import('../dist/esm/index.js');
  const sandbox = fork(fileURLToPath(import.meta.url), { stdio: 'inherit' });
  const [{ url, appKey }] = await once(sandbox, 'message');
  const { sockets, timers, stop } = startCounting();

  // Use one signal for all calls, as a server does for its shutdown.
  const { signal } = new AbortController();
  const transport = await make();
  const client = new KiipClient({ appKey, appVersion: '1.4.2', test: true, baseUrl: url, transport });

  async function send(count) {
    let left = count;
    const lane = async () => {
      while (left-- > 0)
        if (!(await client.moment(momentId, context, { signal })).rewarded)
          throw new Error('a moment without a reward');
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async function snapshot() {
    for (let i = 0; i < 5; i += 1) {
      collect();
      await sleep(20);
    }
    // The timer of the pause is gone after the next turn of the event loop.
    await turn();
    const countListeners = (socket) => socket.eventNames().reduce((sum, event) => sum + socket.listenerCount(event), 0);
    return {
      heap: process.memoryUsage().heapUsed,
      sockets: sockets.size,
      socketListeners: Math.max(0, ...[...sockets].map(countListeners)),
      timers: timers.size,
      signalListeners: getEventListeners(signal, 'abort').length,
    };
  }

  await send(first);
  const early = await snapshot();
  await send(total - first);
  const late = await snapshot();
  await client.close();
  await transport.close();
  await sleep(50);
  const closed = await snapshot();
  stop();
  sandbox.disconnect();
  return { name, early, late, closed };
}

const NAMES = {
  heap: 'heap, bytes',
  sockets: 'sockets',
  socketListeners: 'listeners on a socket, at most',
  timers: 'timers',
  signalListeners: 'listeners on the shared signal',
};

function listGrowth({ name, early, late, closed }) {
  const heap = late.heap - early.heap;
  const counts = Object.keys(NAMES).filter((key) => key !== 'heap');
  return [
    ...counts.filter((key) => late[key] > early[key]).map((key) => `${name}: ${NAMES[key]} grew to ${late[key]}`),
    ...counts.filter((key) => closed[key] > 0).map((key) => `${name}: ${NAMES[key]} after close(): ${closed[key]}`),
    ...(heap > HEAP_LIMIT ? [`${name}: the heap grew by ${thousands(heap)} bytes`] : []),
  ];
}

export async function run({ quick = false } = {}) {
  const size = quick ? { first: 10_000, total: 20_000 } : { first: 10_000, total: 100_000 };
  const results = [];
  for (const engine of engines) results.push(await soak(engine, size));
  const rows = results.flatMap(({ name, early, late, closed }) =>
    Object.entries(NAMES).map(([key, what]) => [
      `${name}: ${what}`,
      ...[early, late, closed].map((at) => thousands(at[key])),
    ]),
  );
  const markdown = table(
    ['', `after ${thousands(size.first)}`, `after ${thousands(size.total)}`, 'after close()'],
    rows,
  );
  const growth = results.flatMap(listGrowth);
  if (growth.length > 0) throw new Error(`${markdown}\n\n${growth.join('\n')}`);
  return markdown;
}

if (process.send !== undefined) await serve();
else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(await run({ quick: process.argv.includes('--quick') }));
