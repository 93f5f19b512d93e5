// Callbacks per second of one process: the receiver over each ledger, beside the least that anyone could do with the same store by hand.
// Starts its own Redis, PostgreSQL and MariaDB (fsync off, as in the suite: this compares code, not disks). Needs `npm run build`.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { signCallback } from '../dist/esm/callbacks/index.js';
import {
  CONCURRENCY,
  countKeptBytes,
  mariadbContenders,
  memoryContenders,
  postgresContenders,
  redisContenders,
  SECRET,
  sqliteContenders,
} from './support/ledger-contenders.mjs';
import { shuffled, spread, table, thousands } from './support/stats.mjs';

async function services() {
  const source = await readFile(new URL('../__tests__/support/services.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

let serial = 0;
/** Signed callbacks that no ledger has seen, each with a key of the same length for those that do it by hand. */
function callbacks(count) {
  return Array.from({ length: count }, () => {
    const transactionId = `reward-${(serial += 1).toString().padStart(12, '0')}`;
    const fields = { content: 'coins', name: 'Coins', quantity: 20, userId: 'player', transactionId };
    const wire = { content: 'coins', name: 'Coins', quantity: 20, user_id: 'player', transaction_id: transactionId };
    const body = JSON.stringify({ ...wire, signature: signCallback(fields, SECRET) });
    return { key: transactionId.padStart(64, '0'), body };
  });
}

async function perSecond(work, items) {
  const queue = items.values();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const item of queue) await work(item);
    }),
  );
  return (items.length / (performance.now() - started)) * 1_000;
}

/** Everybody in turn, in another order each round; a ratio is of two batches of one round. */
async function measure(all, { rounds, batch }) {
  const rates = new Map(all.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, work } of shuffled(all)) {
      const rate = await perSecond(work, callbacks(batch));
      if (round >= 0) rates.get(name).push(rate);
    }
  }
  return all.map(({ name, than }) => {
    const own = rates.get(name);
    const ratio = than === undefined ? '' : spread(own.map((rate, round) => rate / rates.get(than)[round]));
    return [name, spread(own, thousands), ratio];
  });
}

export async function run({ quick = false } = {}) {
  const { startRedis, startPostgres, startMariadb } = await services();
  const [redis, postgres, mariadb] = await Promise.all([startRedis(), startPostgres(), startMariadb()]);
  const stores = [];
  try {
    stores.push(await memoryContenders(), await redisContenders(redis), await postgresContenders(postgres));
    stores.push(await mariadbContenders(mariadb), await sqliteContenders());
    const all = stores.flatMap((store) => store.all);
    const rows = await measure(all, quick ? { rounds: 5, batch: 200 } : { rounds: 25, batch: 800 });
    const kept = await countKeptBytes(redis);
    return `${table(['', 'callbacks per second', '× of by hand'], rows)}\n\nRedis keeps ${kept} bytes for a processed callback.`;
  } finally {
    await Promise.all(stores.map(({ stop }) => stop()));
    await Promise.all([redis, postgres, mariadb].map((service) => service.stop()));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(await run({ quick: process.argv.includes('--quick') }));
