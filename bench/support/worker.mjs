// Runs one contender in a process of its own. Messages tell it what to do, and it answers each with its measurement.
import { GCProfiler } from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import { contenders } from './contenders.mjs';
import { sampleAllocations, sampleTime } from './profiler.mjs';

const [name, url, sockets] = process.argv.slice(2);
const call = await contenders[name]({ url, sockets: Number(sockets) });

/** Keeps `concurrency` calls in flight until `more()` says no. */
async function drive(concurrency, more) {
  let calls = 0;
  const lane = async () => {
    while (more()) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return calls;
}

function driveCalls(concurrency, calls) {
  let left = calls;
  return drive(concurrency, () => left-- > 0);
}

/** Collects garbage until nothing is left to sweep in the background, which would be counted as well. */
async function settle() {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc();
    await sleep(30);
  }
}

const commands = {
  async warm({ concurrency, calls }) {
    return { calls: await driveCalls(concurrency, calls) };
  },
  /** Measures the CPU time of the whole process, including the threads of the collector and the compiler. */
  async window({ concurrency, ms }) {
    const end = performance.now() + ms;
    const before = process.cpuUsage();
    const calls = await drive(concurrency, () => performance.now() < end);
    const { user, system } = process.cpuUsage(before);
    return { calls, cpuUs: user + system };
  },
  /**
   * Counts the bytes allocated, on the heap and in buffers. The count is exact only if nothing was collected, so that
   * is checked.
   */
  async allocate({ concurrency, calls }) {
    await settle();
    const profiler = new GCProfiler();
    profiler.start();
    const before = process.memoryUsage();
    await driveCalls(concurrency, calls);
    const after = process.memoryUsage();
    const collections = profiler.stop().statistics.length;
    const per = (key) => (after[key] - before[key]) / calls;
    return { collections, heapBytes: per('heapUsed'), bufferBytes: per('arrayBuffers') };
  },
  /** Measures microseconds and bytes per call, by part. */
  async profile({ concurrency, timed, weighed }) {
    const per = (sums, calls) => Object.fromEntries([...sums].map(([part, sum]) => [part, sum / calls]));
    const us = per(await sampleTime(() => driveCalls(concurrency, timed)), timed);
    await settle();
    const bytes = per(await sampleAllocations(() => driveCalls(concurrency, weighed)), weighed);
    return { us, bytes };
  },
  /** Starts calls that nobody answers, and measures the heap once they are all in flight. */
  async hold({ calls, settleMs }) {
    await settle();
    const before = process.memoryUsage();
    for (let i = 0; i < calls; i += 1) call().catch(() => {});
    await sleep(settleMs);
    await settle();
    const after = process.memoryUsage();
    const per = (key) => (after[key] - before[key]) / calls;
    return { heapBytes: per('heapUsed'), residentBytes: per('rss') };
  },
};

process.on('message', async ({ command, ...details }) => process.send(await commands[command](details)));
process.on('disconnect', () => process.exit());
process.send('ready');
