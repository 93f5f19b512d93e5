// Samples a piece of work and sums up time and allocations by part: whose code was running.
import { Session } from 'node:inspector/promises';

const PARTS = [
  [/\/node_modules\/axios\/|\/node_modules\/follow-redirects\//, 'axios'],
  [/\/node_modules\/undici\//, 'undici'],
  [/\/dist\/esm\/zod|^$/, 'checking (zod, and what asks first)'],
  [/\/dist\/esm\/transport\//, 'transport'],
  [/\/dist\/esm\/client\//, 'client (JSON.stringify included)'],
  [/\/dist\/esm\/request\//, 'request: building and rules'],
  [/\/dist\/esm\/response\//, 'response (JSON.parse included)'],
  [/^node:internal\/url/, 'Node: URL'],
  [/^node:(?:_http|http|https)/, 'Node: HTTP'],
  [/^node:/, 'Node: sockets, streams, timers, ticks'],
];
const BENCH = 'the benchmark';

/**
 * Finds the part that a frame belongs to. A function of V8 has no file, so it counts for its caller. zod's generated
 * functions have no file either, but they have a line.
 */
function partOf({ functionName, url, lineNumber }, parent) {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(idle)') return null;
  if (/^write/.test(functionName) && url === '') return 'writing to the socket';
  if (url === '' && lineNumber < 0) return parent;
  return PARTS.find(([pattern]) => pattern.test(url))?.[1] ?? BENCH;
}

function sumUp(root, weigh, childrenOf) {
  const sums = new Map();
  const pending = [[root, BENCH]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next;
    const part = partOf(node.callFrame, parent);
    if (part !== null) sums.set(part, (sums.get(part) ?? 0) + weigh(node));
    for (const child of childrenOf(node)) pending.push([child, part ?? parent]);
  }
  return sums;
}

async function inSession(work) {
  const session = new Session();
  session.connect();
  try {
    return await work(session);
  } finally {
    session.disconnect();
  }
}

/** Measures the microseconds by part. */
export function sampleTime(work) {
  return inSession(async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    const own = new Map();
    profile.samples.forEach((id, i) => own.set(id, (own.get(id) ?? 0) + profile.timeDeltas[i]));
    const byId = new Map(profile.nodes.map((node) => [node.id, node]));
    return sumUp(
      profile.nodes[0],
      ({ id }) => own.get(id) ?? 0,
      ({ children = [] }) => children.map((id) => byId.get(id)),
    );
  });
}

/** Measures the bytes by part. */
export function sampleAllocations(work) {
  return inSession(async (session) => {
    const all = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
    await session.post('HeapProfiler.startSampling', { samplingInterval: 512, ...all });
    await work();
    const { profile } = await session.post('HeapProfiler.stopSampling');
    return sumUp(
      profile.head,
      ({ selfSize }) => selfSize,
      ({ children }) => children,
    );
  });
}
