// Callbacks per second of one process: the receiver over each ledger, beside the least that anyone could do with the same store by hand.
// Starts its own Redis, PostgreSQL and MariaDB (fsync off, as in the suite: this compares code, not disks). Needs `npm run build`.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
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

const PACKAGES = { redis: 'redis-server', postgres: 'postgresql', mariadb: 'mariadb-server' };

/** The suites' own starters of servers, which are TypeScript. */
function loadServices() {
  const require = createRequire(import.meta.url);
  require('esbuild-register');
  return require('../__tests__/support/services.ts');
}

/** Callbacks of each contender before anything is measured. */
const WARM_UP = 20_000;

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

/** A contender with its rates. Its windows take equally long: each has as many callbacks as the last one's rate says. */
function enter({ name, than, work }, ms) {
  let rate = 1_000;
  const measure = async () => (rate = await perSecond(work, callbacks(Math.ceil((rate * ms) / 1_000))));
  const warmUp = () => perSecond(work, callbacks(WARM_UP));
  return { name, than, measure, warmUp, rates: [], ratios: [] };
}

/**
 * Everybody in turn, in another order each round. Who is compared with someone comes right before or after them, so that a ratio is of two
 * windows next to each other: the machine's speed drifts.
 */
async function measure(all, { rounds, ms }) {
  const entered = new Map(all.map((contender) => [contender.name, enter(contender, ms)]));
  const compared = new Set(all.map(({ than }) => than));
  const groups = [...entered.values()]
    .filter(({ name }) => !compared.has(name))
    .map((contender) => (contender.than === undefined ? [contender] : [contender, entered.get(contender.than)]));
  // A server runs for days, but V8 has compiled all of a receiver only after some ten thousand callbacks.
  for (const { warmUp } of entered.values()) await warmUp();
  for (let round = -2; round < rounds; round += 1) {
    for (const group of shuffled(groups)) {
      const rates = new Map();
      for (const contender of shuffled(group)) rates.set(contender, await contender.measure());
      if (round < 0) continue;
      for (const [contender, rate] of rates) contender.rates.push(rate);
      const [contender, than] = group;
      if (than !== undefined) contender.ratios.push(rates.get(contender) / rates.get(than));
    }
  }
  return [...entered.values()].map(({ name, rates, ratios }) => [
    name,
    spread(rates, thousands),
    ratios.length === 0 ? '' : spread(ratios),
  ]);
}

export async function run({ quick = false } = {}) {
  const { locate, startRedis, startPostgres, startMariadb } = loadServices();
  const missing = Object.keys(PACKAGES).filter((service) => locate(service) === null);
  if (missing.length > 0) {
    const packages = missing.map((service) => PACKAGES[service]).join(' ');
    console.error(
      `The ledgers' bench needs ${missing.join(', ')}, which this machine lacks: apt-get install ${packages}`,
    );
    process.exit(1);
  }
  const services = [];
  const stores = [];
  const started = async (service) => (services.push(await service), services.at(-1));
  try {
    const redis = await started(startRedis());
    stores.push(await memoryContenders(), await redisContenders(redis));
    stores.push(await postgresContenders(await started(startPostgres())));
    stores.push(await mariadbContenders(await started(startMariadb())), await sqliteContenders());
    const all = stores.flatMap((store) => store.all);
    const rows = await measure(all, quick ? { rounds: 7, ms: 100 } : { rounds: 25, ms: 200 });
    const kept = await countKeptBytes(redis);
    return `${table(['', 'callbacks per second', '× of by hand'], rows)}\n\nRedis keeps ${kept} bytes for a processed callback.`;
  } finally {
    await Promise.all(stores.map(({ stop }) => stop()));
    await Promise.all(services.map((service) => service.stop()));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(await run({ quick: process.argv.includes('--quick') }));
