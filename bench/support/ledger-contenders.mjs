// Each store, by hand and under the receiver. A contender has a name, the work of one callback, and in `than` the name
// of the contender that it is compared with.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import Database from 'libsql';
import { createPool } from 'mysql2/promise';
import pg from 'pg';
import { createClient } from 'redis';
import { createCallbackReceiver, memoryLedger } from '../../dist/esm/callbacks/index.js';
import { postgresLedger } from '../../dist/esm/stores/postgres/index.js';
import { PgStatements } from '../../dist/esm/stores/postgres/statements.js';
import { redisLedger } from '../../dist/esm/stores/redis/index.js';
import { CLAIM, COMMIT } from '../../dist/esm/stores/redis/scripts.js';
import { sqlLedger, sqliteLedger } from '../../dist/esm/stores/sql/index.js';

export const SECRET = 'an app secret of thirty-two bytes';
export const CONCURRENCY = 16;
const HEADERS = { 'content-type': 'application/json' };
const BY_HAND = 'BEGIN, INSERT, UPDATE, COMMIT by hand';

/** Another checkout's build, given by `--against`, so that one run shows both. */
const { BENCH_AGAINST } = process.env;

/** Imports a subpath of that build by its file: a `require` would find this checkout's sources, by the names in its tsconfig. */
async function importBefore(subpath) {
  const { exports } = JSON.parse(await readFile(join(BENCH_AGAINST, 'package.json'), 'utf8'));
  const { import: entry } = exports[subpath];
  return import(pathToFileURL(join(BENCH_AGAINST, entry.default ?? entry)));
}

function receive(ledger, onRedemption = () => {}, create = createCallbackReceiver) {
  const receiver = create({ secret: SECRET, ledger, onRedemption });
  return async ({ body }) => {
    const answer = await receiver.handle({ method: 'POST', headers: HEADERS, rawBody: body });
    if (answer.body !== '{"result":"processed"}') throw new Error(answer.body);
  };
}

/** The same with the earlier build's receiver, for the earlier build's ledgers. */
async function receiveBefore(ledger, onRedemption) {
  const { createCallbackReceiver: create } = await importBefore('./callbacks');
  return receive(ledger, onRedemption, create);
}

/**
 * Returns ten players in turn, as the hand-written versions do. With one player, its row lock would be all that is
 * measured.
 */
function nextPlayer() {
  let player = 0;
  return () => String((player += 1) % 10);
}

export async function memoryContenders() {
  return {
    all: [{ name: 'receiver, memoryLedger', work: receive(memoryLedger({ maxEntries: 10_000_000 })) }],
    stop: async () => {},
  };
}

/** The ledger's two trips without ledger or receiver: what is left of a callback's time is theirs. */
function runScriptsAlone(run, prefix) {
  return async ({ key }) => {
    const keys = [`${prefix}{ledger}redemption ${key.slice(-19)}`, `${prefix}{ledger}${key}`];
    if ((await run(CLAIM.sha1, keys, [key, '30000'])) !== 'claimed') throw new Error('not claimed');
    if ((await run(COMMIT.sha1, keys, [key, String(Date.now()), '0'])) !== 'done') throw new Error('not marked');
  };
}

export async function redisContenders({ url }) {
  const ioredis = new Redis(url);
  const nodeRedis = await createClient({ url }).connect();
  for (const { source } of [CLAIM, COMMIT]) await ioredis.script('LOAD', source);
  const byIoRedis = (sha1, keys, args) => ioredis.evalsha(sha1, keys.length, ...keys, ...args);
  const byNodeRedis = (sha1, keys, args) => nodeRedis.evalSha(sha1, { keys, arguments: args });
  const all = [
    { name: 'bare SET NX, ioredis', work: ({ key }) => ioredis.set(key, '1', 'NX') },
    { name: 'the two scripts alone, ioredis', than: 'bare SET NX, ioredis', work: runScriptsAlone(byIoRedis, 'i:') },
    { name: 'receiver, redisLedger, ioredis', than: 'bare SET NX, ioredis', work: receive(redisLedger(ioredis)) },
    { name: 'bare SET NX, node-redis', work: ({ key }) => nodeRedis.set(`n${key}`, '1', { NX: true }) },
    {
      name: 'the two scripts alone, node-redis',
      than: 'bare SET NX, node-redis',
      work: runScriptsAlone(byNodeRedis, 'm:'),
    },
    {
      name: 'receiver, redisLedger, node-redis',
      than: 'bare SET NX, node-redis',
      work: receive(redisLedger(nodeRedis, { prefix: 'n:' })),
    },
  ];
  if (BENCH_AGAINST !== undefined) {
    const { redisLedger: ledgerBefore } = await importBefore('./redis');
    for (const [client, name] of [
      [ioredis, 'ioredis'],
      [nodeRedis, 'node-redis'],
    ])
      all.push({
        name: `receiver, redisLedger, ${name}, earlier build`,
        than: `bare SET NX, ${name}`,
        work: await receiveBefore(ledgerBefore(client, { prefix: `before:${name}:` })),
      });
  }
  return { all, stop: () => Promise.all([ioredis.quit(), nodeRedis.close()]) };
}

/** Counts the bytes that Redis keeps for one processed callback, with both keys. */
export async function countKeptBytes({ url }) {
  const ioredis = new Redis(url);
  await redisLedger(ioredis, { prefix: 'kept:' }).run(['a'.repeat(64), 'b'.repeat(64)], async () => {});
  const found = await ioredis.keys('kept:*');
  const sizes = await Promise.all(found.map((key) => ioredis.memory('USAGE', key)));
  await ioredis.quit();
  return sizes.reduce((sum, size) => sum + size, 0);
}

export async function postgresContenders({ url }) {
  const pool = new pg.Pool({ connectionString: url, max: CONCURRENCY });
  await pool.query('CREATE TABLE seen (key text PRIMARY KEY)');
  await pool.query('CREATE TABLE players (id text PRIMARY KEY, coins bigint NOT NULL)');
  await pool.query('INSERT INTO players SELECT n::text, 0 FROM generate_series(0, 9) AS n');

  const insert = 'INSERT INTO seen (key) VALUES ($1) ON CONFLICT DO NOTHING';
  const update = 'UPDATE players SET coins = coins + $1 WHERE id = $2';
  const transaction = async (run) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await run(client);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  };
  const byHand = ({ key }) =>
    transaction(async (client) => {
      const { rowCount } = await client.query(insert, [key]);
      if (rowCount !== 1) throw new Error('seen before');
      await client.query(update, [20, key.at(-1)]);
    });
  const player = nextPlayer();
  const credit = (_event, { tx }) => tx.query(update, [20, player()]);
  const ledger = postgresLedger(pool);
  const statements = new PgStatements({ schema: 'public', table: 'kiip_s2s_callbacks' }, 60_000);
  const alone = async ({ key }) => {
    const client = await pool.connect();
    try {
      const connection = { client, ask: (text) => client.query(text) };
      const claim = await statements.readyClaim(connection, [`alone ${key}`, `alone too ${key}`], 1_000);
      const results = await client.query(claim.text);
      await client.query(update, [20, key.at(-1)]);
      await client.query(statements.buildCommit(results.at(-1).rows[0].xid, claim));
    } finally {
      client.release();
    }
  };
  const inTheirs = sqlLedger({
    dialect: 'postgres',
    transaction,
    query: (tx, text, values) => tx.query(text, values),
    table: 'kiip_s2s_sql',
  });
  await Promise.all([ledger.migrate(), inTheirs.createTable()]);

  const than = `PostgreSQL: ${BY_HAND}`;
  const bare = 'PostgreSQL: bare INSERT, no transaction';
  const all = [
    { name: bare, work: ({ key }) => pool.query(insert, [`bare ${key}`]) },
    { name: 'receiver, postgresLedger, nothing credited', than: bare, work: receive(ledger) },
    { name: than, work: byHand },
    { name: "postgresLedger's statements alone, credited", than, work: alone },
    { name: 'receiver, postgresLedger, credited with tx', than, work: receive(ledger, credit) },
    { name: 'receiver, sqlLedger on pg, credited with tx', than, work: receive(inTheirs, credit) },
  ];
  if (BENCH_AGAINST !== undefined) {
    const ledgerBefore = (await importBefore('./postgres')).postgresLedger(pool, { table: 'kiip_s2s_before' });
    await ledgerBefore.migrate();
    const work = await receiveBefore(ledgerBefore, credit);
    all.push({ name: 'receiver, postgresLedger, credited with tx, earlier build', than, work });
  }
  return { all, stop: () => pool.end() };
}

export async function mariadbContenders({ url }) {
  const pool = createPool({ uri: url, connectionLimit: CONCURRENCY });
  await pool.query('CREATE TABLE seen (id VARCHAR(64) NOT NULL PRIMARY KEY)');
  await pool.query('CREATE TABLE players (id VARCHAR(64) NOT NULL PRIMARY KEY, coins BIGINT NOT NULL)');
  await pool.query('INSERT INTO players SELECT seq, 0 FROM seq_0_to_9');

  const update = 'UPDATE players SET coins = coins + ? WHERE id = ?';
  const transaction = async (run) => {
    const connection = await pool.getConnection();
    try {
      await connection.beginTransaction();
      await run(connection);
      await connection.commit();
    } finally {
      connection.release();
    }
  };
  const byHand = ({ key }) =>
    transaction(async (connection) => {
      const [{ affectedRows }] = await connection.query('INSERT IGNORE INTO seen (id) VALUES (?)', [key]);
      if (affectedRows !== 1) throw new Error('seen before');
      await connection.query(update, [20, key.at(-1)]);
    });
  const player = nextPlayer();
  const credit = (_event, { tx }) => tx.query(update, [20, player()]);
  const ledger = sqlLedger({
    dialect: 'mysql',
    transaction,
    query: async (tx, text, values) => (await tx.query(text, values))[0],
  });
  await ledger.createTable();
  const than = `MariaDB: ${BY_HAND}`;
  const all = [
    { name: than, work: byHand },
    { name: 'receiver, sqlLedger on mysql2, credited with tx', than, work: receive(ledger, credit) },
  ];
  return { all, stop: () => pool.end() };
}

/** Uses a file for each contender, because SQLite has one writer. Both files are equally durable. */
export async function sqliteContenders() {
  const folder = await mkdtemp(join(tmpdir(), 'kiip-bench-'));
  const database = new Database(join(folder, 'by-hand.db'));
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID',
  );
  const insert = database.prepare('INSERT OR IGNORE INTO seen (key) VALUES (?)');
  const path = join(folder, 'ledger.db');
  const own = new Database(path);
  const than = 'SQLite: bare INSERT, libsql';
  const all = [
    { name: than, work: async ({ key }) => insert.run(key) },
    { name: 'receiver, sqliteLedger, libsql', than, work: receive(sqliteLedger(path, { database: own })) },
  ];
  const stop = async () => {
    database.close();
    own.close();
    await rm(folder, { recursive: true });
  };
  return { all, stop };
}
