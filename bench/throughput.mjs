// Measures the calls per second of CPU time. On a shared machine, the CPU time per call drifts up to twofold between
// windows. So the windows are short and take turns, and every ratio compares two windows of one round.
import { contenders } from './support/contenders.mjs';
import { startServer, startWorker } from './support/processes.mjs';
import { median, shuffled, spread, table, thousands } from './support/stats.mjs';

const CONCURRENCIES = [1, 50, 500];
const NAMES = Object.keys(contenders);
const OURS = ['client.moment()', 'client.moment() on undici'];

async function measure(workers, concurrency, { rounds, ms }) {
  const rates = new Map(NAMES.map((name) => [name, []]));
  // A server runs for days, but V8 has compiled everything that a call runs only after some ten thousand calls.
  for (const worker of workers) await worker.ask('warm', { concurrency, calls: 20_000 });
  for (let round = 0; round < rounds; round += 1) {
    for (const worker of shuffled(workers)) {
      const { calls, cpuUs } = await worker.ask('window', { concurrency, ms });
      rates.get(worker.name).push((calls * 1e6) / cpuUs);
    }
  }
  return rates;
}

function rowsOf(rates, concurrency) {
  return NAMES.map((name) => {
    const theirs = rates.get(name);
    const ratioOf = (ours) =>
      name === ours ? '1' : spread(rates.get(ours).map((rate, round) => rate / theirs[round]));
    return [name, concurrency, spread(theirs, thousands), (1e6 / median(theirs)).toFixed(0), ...OURS.map(ratioOf)];
  });
}

export async function run({ quick = false } = {}) {
  const size = quick ? { rounds: 7, ms: 200 } : { rounds: 25, ms: 300 };
  const server = await startServer();
  const rows = [];
  try {
    for (const concurrency of CONCURRENCIES) {
      const workers = [];
      try {
        for (const name of NAMES) workers.push(await startWorker(name, { url: server.url }));
        rows.push(...rowsOf(await measure(workers, concurrency, size), concurrency));
      } finally {
        await Promise.all(workers.map((worker) => worker.stop()));
      }
    }
  } finally {
    server.stop();
  }
  return table(
    ['', 'concurrent', 'calls per CPU second', 'CPU µs per call', ...OURS.map((name) => `${name} does × as many`)],
    rows,
  );
}
