import { describeWith } from '../../support/services.js';
import { SECRET, Worker, redeliver, redemption } from '../processes/fleet.js';
import type { WorkerOptions } from '../processes/messages.js';
import {
  CHILD_ENVIRONMENT,
  PLAYERS,
  bundleChild,
  lookAtMariadb,
  lookAtPostgres,
  lookAtSqlite,
  type Onlooker,
} from './onlooker.js';
import { openRecipe } from './orms.js';

// sqlLedger in several processes over one database.

const bundled = bundleChild('process-worker');
Object.assign(process.env, CHILD_ENVIRONMENT);
afterAll(() => bundled.remove());

interface Plan {
  readonly store: WorkerOptions['store'];
  readonly look: () => Promise<Onlooker>;
  /** Has the server end the transaction of a silent worker after a second; SQLite has no server that could. */
  readonly endStalled?: (db: Onlooker) => Promise<unknown>;
}

function suite({ store, look, endStalled }: Plan): void {
  let db: Onlooker;
  const workers: Worker[] = [];
  const start = async (count: number, handler: WorkerOptions['handler']): Promise<Worker[]> => {
    const options = { store, url: db.url, secret: SECRET, handler, stallMs: 0 };
    const started = await Promise.all(Array.from({ length: count }, () => Worker.start(bundled.file, options)));
    workers.push(...started);
    return started;
  };
  const coins = async (player: string): Promise<number> =>
    Number((await db.query(`SELECT coins FROM players WHERE id = '${player}'`))[0]?.['coins']);
  let crediting: Worker[];

  beforeAll(async () => {
    db = await look();
    await db.query(PLAYERS);
    for (const player of ['ann', 'bob', 'cid']) await db.query(`INSERT INTO players VALUES ('${player}', 0)`);
    const recipe = await openRecipe(store, db.url);
    await recipe.ledger.createTable();
    await recipe.close();
    crediting = await start(4, 'credit');
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await db.stop();
  });

  test('200 parallel deliveries of one callback over 4 processes: one credit', async () => {
    const body = redemption('t-200', 'ann', 20);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => crediting.map((worker) => worker.deliver(body))).flat(),
    );
    expect(answers).toHaveLength(200);
    expect(answers.filter(({ body: text }) => text === '{"result":"processed"}')).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    for (const worker of crediting)
      expect(await redeliver(worker, body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
    expect(await coins('ann')).toBe(20);
  });

  test('4 × SIGKILL in mid-handler: the redelivery makes exactly one credit', async () => {
    const body = redemption('t-kill', 'bob', 7);
    const [last] = crediting;
    if (last === undefined) throw new Error('no worker');
    for (const worker of await start(4, 'hold')) {
      while (
        !(await worker.deliverAndHold(body).then(
          () => true,
          () => false,
        ))
      )
        await new Promise((resolve) => setTimeout(resolve, 25));
      expect((await last.deliver(body)).status).toBe(503);
      await worker.kill();
    }
    expect(await coins('bob')).toBe(0);
    expect(await redeliver(last, body)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
    expect(await redeliver(last, body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
    expect(await coins('bob')).toBe(7);
  });

  test('a process that stalls in mid-handler does not commit over its successor', async () => {
    await endStalled?.(db);
    const body = redemption('t-stall', 'cid', 5);
    const [stalled] = await start(1, 'hold');
    const [successor] = crediting;
    if (stalled === undefined || successor === undefined) throw new Error('no worker');
    const { answer } = await stalled.deliverAndHold(body);
    stalled.pause();
    expect((await successor.deliver(body)).status).toBe(503);
    if (endStalled !== undefined) expect((await redeliver(successor, body)).body).toBe('{"result":"processed"}');
    stalled.resume();
    stalled.go();
    // Without a server to end it, the stalled one goes on where it was: nobody could come between.
    expect(await answer).toMatchObject({ status: endStalled === undefined ? 200 : 500 });
    expect(stalled.alive).toBe(true);
    expect(await redeliver(successor, body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
    expect(await coins('cid')).toBe(5);
  });
}

describeWith('postgres', 'sqlLedger in several processes: PostgreSQL', () =>
  suite({
    store: 'kysely',
    look: lookAtPostgres,
    endStalled: (db) => db.query("ALTER ROLE kiip SET idle_in_transaction_session_timeout = '1s'"),
  }),
);
describeWith('mariadb', 'sqlLedger in several processes: MariaDB', () =>
  suite({
    store: 'mysql2',
    look: lookAtMariadb,
    endStalled: (db) => db.query('SET GLOBAL idle_transaction_timeout = 1'),
  }),
);
describe('sqlLedger in several processes: SQLite', () => suite({ store: 'libsql', look: lookAtSqlite }));
