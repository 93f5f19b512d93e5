import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { postgresLedger } from '../../src/stores/postgres/index.js';
import { describeWith, startPostgres, startRedis, type Service } from '../support/services.js';
import { Worker, bundle, redeliver, redemption, SECRET } from './processes/fleet.js';
import type { WorkerOptions } from './processes/messages.js';

const STALL_MS = 1_000;
const NO_STALL_MS = 30_000;

/** What the two kinds of store have in common for these tests. */
interface Store {
  readonly service: Service;
  /** Which client each worker uses, in turn. */
  readonly kinds: readonly WorkerOptions['store'][];
  coins(player: string): Promise<number>;
  close(): Promise<void>;
}

async function postgresStore(): Promise<Store & { pool: Pool }> {
  const service = await startPostgres();
  const pool = new Pool({ connectionString: service.url });
  await pool.query('CREATE TABLE players (id text PRIMARY KEY, coins int NOT NULL)');
  await pool.query('CREATE TABLE credits (player text, coins int)');
  await postgresLedger(pool).migrate();
  return {
    service,
    pool,
    kinds: ['postgres'],
    async coins(player) {
      const { rows } = await pool.query<{ coins: number; booked: string | null }>(
        'SELECT coins, (SELECT sum(coins) FROM credits WHERE player = id) AS booked FROM players WHERE id = $1',
        [player],
      );
      // The two halves of a credit, written on either side of the handler's middle.
      expect(Number(rows[0]?.booked)).toBe(rows[0]?.coins);
      return Number(rows[0]?.coins);
    },
    async close() {
      await pool.end();
      await service.stop();
    },
  };
}

async function redisStore(): Promise<Store & { redis: Redis }> {
  const service = await startRedis();
  const redis = new Redis(service.url);
  return {
    service,
    redis,
    kinds: ['ioredis', 'node-redis'],
    coins: async (player) => Number(await redis.get(player)),
    async close() {
      await redis.quit();
      await service.stop();
    },
  };
}

const built = bundle();
afterAll(() => built.remove());

/** Starts workers that nobody needs to stop. Call it above the hook that closes their store: they end first. */
function fleet(): (
  store: Store,
  count: number,
  options: Pick<WorkerOptions, 'stallMs' | 'handler'>,
) => Promise<Worker[]> {
  const workers: Worker[] = [];
  afterAll(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  });
  return async ({ kinds, service: { url } }, count, options) => {
    const started = Array.from({ length: count }, (_, n) => {
      const store = kinds[n % kinds.length];
      if (store === undefined) throw new Error('no kind of store');
      return Worker.start(built.worker, { store, url, secret: SECRET, ...options });
    });
    workers.push(...(await Promise.all(started)));
    return workers.slice(-count);
  };
}

const stores = { postgres: postgresStore, redis: redisStore };

for (const [name, start] of Object.entries(stores))
  describeWith(name as keyof typeof stores, `${name}: several processes, one store`, () => {
    const startWorkers = fleet();
    let store: Store;
    let working: Worker[];
    beforeAll(async () => {
      store = await start();
      working = await startWorkers(store, 4, { handler: 'credit', stallMs: NO_STALL_MS });
    });
    afterAll(() => store.close());
    const player = async (id: string): Promise<string> => {
      if ('pool' in store)
        await (store as Awaited<ReturnType<typeof postgresStore>>).pool.query('INSERT INTO players VALUES ($1, 0)', [
          id,
        ]);
      return id;
    };

    test('200 parallel deliveries of one callback over 4 processes: one credit', async () => {
      const body = redemption('t-200', await player('ann'), 20);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => working.map((worker) => worker.deliver(body))).flat(),
      );
      expect(answers).toHaveLength(200);
      expect(answers.filter(({ body }) => body === '{"result":"processed"}')).toHaveLength(1);
      expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
      expect(await store.coins('ann')).toBe(20);
      for (const worker of working)
        expect(await worker.deliver(body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
      expect(await store.coins('ann')).toBe(20);
    });

    test('4 × SIGKILL in mid-handler: the redelivery makes exactly one credit', async () => {
      // PostgreSQL notices a dead process by its connection; Redis by the end of the lease.
      const stallMs = name === 'redis' ? STALL_MS : NO_STALL_MS;
      const doomed = await startWorkers(store, 4, { handler: 'hold', stallMs });
      const [last] = working;
      if (last === undefined) throw new Error('no worker');
      const body = redemption('t-kill', await player('bob'), 7);
      for (const worker of doomed) {
        while (!(await held(worker, body))) await new Promise((resolve) => setTimeout(resolve, 25));
        expect((await last.deliver(body)).status).toBe(503);
        await worker.kill();
      }
      expect(await store.coins('bob')).toBe(0);
      expect(await redeliver(last, body)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
      expect(await redeliver(last, body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
      expect(await store.coins('bob')).toBe(7);
    });

    test('a process that stalls in mid-handler does not commit over its successor', async () => {
      const [stalled] = await startWorkers(store, 1, { handler: 'hold', stallMs: STALL_MS });
      const [successor] = working;
      if (stalled === undefined || successor === undefined) throw new Error('no worker');
      const body = redemption('t-stall', await player('cid'), 5);
      const { answer } = await stalled.deliverAndHold(body);
      stalled.pause();
      expect((await redeliver(successor, body)).body).toBe('{"result":"processed"}');
      const marks = 'redis' in store ? await marksOf(store as Awaited<ReturnType<typeof redisStore>>) : null;
      stalled.resume();
      stalled.go();
      expect(await answer).toMatchObject({ status: 500 });
      expect(stalled.alive).toBe(true);
      expect(await redeliver(successor, body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
      // Redis cannot take back what a stalled handler credits elsewhere; the successor's mark stays. PostgreSQL undoes both.
      if (marks !== null) expect(await marksOf(store as Awaited<ReturnType<typeof redisStore>>)).toEqual(marks);
      else expect(await store.coins('cid')).toBe(5);
    });
  });

/** Whether the worker got the claim and is in its middle; false while a dead worker's claim is still there. */
async function held(worker: Worker, body: string): Promise<boolean> {
  return worker.deliverAndHold(body).then(
    () => true,
    () => false,
  );
}

async function marksOf({ redis }: { redis: Redis }): Promise<(string | null)[]> {
  const keys = (await redis.keys('kiip-s2s:*')).sort();
  return Promise.all(keys.map((key) => redis.get(key)));
}

describeWith('postgres', 'postgres: processes that survive', () => {
  const startWorkers = fleet();
  let store: Awaited<ReturnType<typeof postgresStore>>;
  beforeAll(async () => {
    store = await postgresStore();
  });
  afterAll(() => store.close());

  test('a backend terminated in mid-handler: 500, the process lives, the redelivery credits once', async () => {
    const [worker] = await startWorkers(store, 1, { handler: 'hold', stallMs: NO_STALL_MS });
    if (worker === undefined) throw new Error('no worker');
    await store.pool.query(`INSERT INTO players VALUES ('dee', 0)`);
    const body = redemption('t-terminate', 'dee', 3);
    const { answer } = await worker.deliverAndHold(body);
    await store.pool.query(
      'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
    );
    worker.go();
    expect(await answer).toMatchObject({ status: 500 });
    const again = await worker.deliverAndHold(body);
    worker.go();
    expect(await again.answer).toMatchObject({ status: 200, body: '{"result":"processed"}' });
    expect(await store.coins('dee')).toBe(3);
  });

  test('migrate() by 8 processes at once: all succeed, one table', async () => {
    const env = { ...process.env, DATABASE_URL: store.service.url };
    const children = Array.from({ length: 8 }, () =>
      fork(built.migrate, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    );
    await Promise.all(children.map((child) => once(child, 'message')));
    const exits = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send('go');
    expect((await Promise.all(exits)).map(([code]) => code as unknown)).toEqual(Array.from({ length: 8 }, () => 0));
    const { rows } = await store.pool.query(`SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'game'`);
    expect(rows).toEqual([{ tables: 1 }]);
  });
});
