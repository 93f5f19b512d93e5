// Callbacks per second of one process: the receiver over each ledger, beside the least that anyone could do with the same store by hand.
// Starts its own Redis and PostgreSQL (fsync off, as in the suite: this compares code, not disks). Needs `npm run build`.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';
import { shuffled, spread, table, thousands } from './support/stats.mjs';

const SECRET = 'an app secret of thirty-two bytes';
const CONCURRENCY = 16;
const HEADERS = { 'content-type': 'application/json' };

async function services() {
  const source = await readFile(new URL('../__tests__/support/services.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

async function parts() {
  const [callbacks, redis, postgres] = await Promise.all(
    ['callbacks/index', 'stores/redis/index', 'stores/postgres/index'].map((file) => import(`../dist/esm/${file}.js`)),
  );
  return { ...callbacks, ...redis, ...postgres };
}

let serial = 0;
/** Signed callbacks that no ledger has seen, each with a key of the same length for those that do it by hand. */
function callbacks(sign, count) {
  return Array.from({ length: count }, () => {
    const transactionId = `reward-${(serial += 1).toString().padStart(12, '0')}`;
    const fields = { content: 'coins', name: 'Coins', quantity: 20, userId: 'player', transactionId };
    const wire = { content: 'coins', name: 'Coins', quantity: 20, user_id: 'player', transaction_id: transactionId };
    return { key: transactionId.padStart(64, '0'), body: JSON.stringify({ ...wire, signature: sign(fields, SECRET) }) };
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

async function creditByHand(pool, key) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query('INSERT INTO seen (key) VALUES ($1) ON CONFLICT DO NOTHING', [key]);
    if (rowCount !== 1) throw new Error('seen before');
    await client.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [20, key.at(-1)]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** Name, the one it is compared with (none: it is the one), and one callback's work. */
function contenders(
  { createCallbackReceiver, memoryLedger, redisLedger, postgresLedger },
  { ioredis, nodeRedis, pool },
) {
  const receive = (ledger, onRedemption = () => {}) => {
    const receiver = createCallbackReceiver({ secret: SECRET, ledger, onRedemption });
    return async ({ body }) => {
      const answer = await receiver.handle({ method: 'POST', headers: HEADERS, rawBody: body });
      if (answer.body !== '{"result":"processed"}') throw new Error(answer.body);
    };
  };
  let player = 0;
  // Ten players in turn, as the hand-written version: rows that everybody waits for would be all that is measured.
  const credit = (_event, { tx }) =>
    tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [20, String((player += 1) % 10)]);
  return [
    { name: 'receiver, memoryLedger', work: receive(memoryLedger({ maxEntries: 10_000_000 })) },
    { name: 'bare SET NX, ioredis', work: ({ key }) => ioredis.set(key, '1', 'NX') },
    { name: 'receiver, redisLedger, ioredis', than: 'bare SET NX, ioredis', work: receive(redisLedger(ioredis)) },
    { name: 'bare SET NX, node-redis', work: ({ key }) => nodeRedis.set(`n${key}`, '1', { NX: true }) },
    {
      name: 'receiver, redisLedger, node-redis',
      than: 'bare SET NX, node-redis',
      work: receive(redisLedger(nodeRedis, { prefix: 'n:' })),
    },
    {
      name: 'bare INSERT, no transaction',
      work: ({ key }) => pool.query('INSERT INTO seen (key) VALUES ($1) ON CONFLICT DO NOTHING', [`bare ${key}`]),
    },
    {
      name: 'receiver, postgresLedger, nothing credited',
      than: 'bare INSERT, no transaction',
      work: receive(postgresLedger(pool)),
    },
    { name: 'by hand: BEGIN, INSERT, UPDATE, COMMIT', work: ({ key }) => creditByHand(pool, key) },
    {
      name: 'receiver, postgresLedger, credited with tx',
      than: 'by hand: BEGIN, INSERT, UPDATE, COMMIT',
      work: receive(postgresLedger(pool), credit),
    },
  ];
}

async function prepare(pool, postgresLedger) {
  await pool.query('CREATE TABLE seen (key text PRIMARY KEY)');
  await pool.query('CREATE TABLE players (id text PRIMARY KEY, coins bigint NOT NULL)');
  await pool.query('INSERT INTO players SELECT n::text, 0 FROM generate_series(0, 9) AS n');
  await postgresLedger(pool).migrate();
}

/** Bytes that Redis keeps for one processed callback, both keys. */
async function bytesKept(ioredis, ledger) {
  const keys = ['a'.repeat(64), 'b'.repeat(64)];
  await ledger.run(keys, async () => {});
  const found = await ioredis.keys('kept:*');
  const sizes = await Promise.all(found.map((key) => ioredis.memory('USAGE', key)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function measure(all, sign, { rounds, batch }) {
  const rates = new Map(all.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, work } of shuffled(all)) {
      const rate = await perSecond(work, callbacks(sign, batch));
      if (round >= 0) rates.get(name).push(rate);
    }
  }
  return all.map(({ name, than }) => {
    const own = rates.get(name);
    const ratio = than === undefined ? '' : spread(own.map((rate, round) => rate / rates.get(than)[round]));
    return [name, spread(own, thousands), ratio];
  });
}

export const title = 'ledgers';

export async function run({ quick = false } = {}) {
  const [lib, { startRedis, startPostgres }] = await Promise.all([parts(), services()]);
  const [redisService, postgresService] = await Promise.all([startRedis(), startPostgres()]);
  const ioredis = new Redis(redisService.url);
  const nodeRedis = await createClient({ url: redisService.url }).connect();
  const pool = new pg.Pool({ connectionString: postgresService.url, max: CONCURRENCY });
  try {
    await prepare(pool, lib.postgresLedger);
    const all = contenders(lib, { ioredis, nodeRedis, pool });
    const rows = await measure(all, lib.signCallback, quick ? { rounds: 5, batch: 200 } : { rounds: 25, batch: 800 });
    const bytes = await bytesKept(ioredis, lib.redisLedger(ioredis, { prefix: 'kept:' }));
    return `${table(['', 'callbacks per second', '× of the bare statement'], rows)}\n\nRedis keeps ${bytes} bytes for a processed callback.`;
  } finally {
    await Promise.all([ioredis.quit(), nodeRedis.close(), pool.end()]);
    await Promise.all([redisService.stop(), postgresService.stop()]);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(await run({ quick: process.argv.includes('--quick') }));
