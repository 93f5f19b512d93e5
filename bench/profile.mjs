// Shows by sampling where a moment's time and memory go. Sampling itself takes time, so look at the shares, not at the
// totals.
import { pathToFileURL } from 'node:url';
import { startServer, startWorker, UNCOLLECTED } from './support/processes.mjs';
import { table, thousands } from './support/stats.mjs';

const NAMES = ['client.moment()', 'http.request by hand', 'client.moment() on undici', 'bare socket'];

async function profile(name, url) {
  const worker = await startWorker(name, { url, execArgv: UNCOLLECTED });
  try {
    await worker.ask('warm', { concurrency: 50, calls: 15_000 });
    return await worker.ask('profile', { concurrency: 50, timed: 20_000, weighed: 1_500 });
  } finally {
    await worker.stop();
  }
}

export async function run() {
  const server = await startServer();
  try {
    const profiles = [];
    for (const name of NAMES) profiles.push(await profile(name, server.url));
    const [ours] = profiles;
    const parts = [...new Set(profiles.flatMap(({ us }) => Object.keys(us)))].sort(
      (a, b) => (ours.us[b] ?? 0) - (ours.us[a] ?? 0),
    );
    const cells = (part) =>
      profiles.flatMap(({ us, bytes }) => [(us[part] ?? 0).toFixed(1), thousands(bytes[part] ?? 0)]);
    return table(
      ['', ...NAMES.flatMap((name) => [`${name}: µs`, 'bytes'])],
      [...parts.map((part) => [part, ...cells(part)])],
    );
  } finally {
    server.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(await run());
