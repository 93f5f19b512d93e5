import type { Socket } from 'node:net';
import { Client, Pool } from 'pg';
import { KiipConfigError } from '../../src/errors/index.js';
import { postgresLedger, type PgClientLike, type PgPoolLike } from '../../src/stores/postgres/index.js';
import { startClock } from '../support/clock.js';
import { describeWith, startPgbouncer, startPostgres, type Service } from '../support/services.js';
import { gate, ledgerContract } from './contract.js';

const nothing = async (): Promise<void> => undefined;
const TERMINATE = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'`;

describeWith('postgres', 'postgresLedger', () => {
  let service: Service;
  let pool: Pool;
  beforeAll(async () => {
    service = await startPostgres();
    pool = new Pool({ connectionString: service.url });
    await pool.query('CREATE TABLE written (text text PRIMARY KEY)');
    await postgresLedger(pool).migrate();
  });
  afterAll(async () => {
    await pool.end();
    await service.stop();
  });

  ledgerContract<PgClientLike>('postgresLedger', { leases: true, transactions: true }, async () => {
    const [one, two] = [new Pool({ connectionString: service.url }), new Pool({ connectionString: service.url })];
    return {
      first: postgresLedger(one),
      second: postgresLedger(two),
      expireClaims: async () => void (await pool.query(TERMINATE)),
      write: async (tx, text) => void (await tx.query('INSERT INTO written VALUES ($1)', [text])),
      written: async () =>
        (await pool.query<{ text: string }>('SELECT text FROM written')).rows.map(({ text }) => text),
      failQuietly: async (tx) => void (await tx.query('SELECT 1 / 0').catch(() => undefined)),
      async close() {
        await one.end();
        await two.end();
      },
    };
  });

  let serial = 0;
  const fresh = (): string[] => [`key ${(serial += 1)}`];
  const idle = async (): Promise<void> => {
    const { rows } = await pool.query(`SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`);
    expect(rows).toEqual([]);
    expect(pool.idleCount).toBe(pool.totalCount);
  };

  test.each([
    ['COMMIT'],
    ['commit work;'],
    ['END'],
    ['ROLLBACK'],
    ['rollback transaction'],
    ['ABORT'],
    ['BEGIN ISOLATION LEVEL SERIALIZABLE'],
    ["PREPARE TRANSACTION 'x'"],
    [' ; -- a comment\n /* another */ CoMmIt'],
    ['SELECT 1; ROLLBACK'],
    ['SELECT 1; BEGIN'],
    ['--\rROLLBACK'],
    ['/* /* nested */ */ ROLLBACK'],
    [`SELECT 'a''b', $x$; $x$, E'\\''; ROLLBACK`],
    ['SELECT 1; COMMIT; BEGIN; SELECT pg_current_xact_id()'],
  ])('tx refuses %j, and the rest of the handler commits', async (statement) => {
    const keys = fresh();
    const outcome = await postgresLedger(pool).run(keys, async (tx) => {
      await expect(tx.query(statement)).rejects.toMatchObject({ code: 'tx_refused' });
      await expect(tx.query({ text: statement })).rejects.toMatchObject({ code: 'tx_refused' });
      const heard = new Promise((resolve) => tx.query(statement, resolve));
      expect(await heard).toMatchObject({ code: 'tx_refused' });
      await tx.query('INSERT INTO written VALUES ($1)', [`${keys[0]} kept`]);
    });
    expect(outcome).toBe('processed');
    expect((await pool.query('SELECT 1 FROM written WHERE text = $1', [`${keys[0]} kept`])).rowCount).toBe(1);
  });

  test('callback-style callers hear rows, errors and refusals in their callback', async () => {
    const heard = (tx: PgClientLike, text: string, values?: unknown[]): Promise<unknown> =>
      new Promise((resolve) => {
        const callback = (error: Error | null, result?: { rows: unknown[] }): void => resolve(error ?? result?.rows);
        if (values === undefined) tx.query(text, callback);
        else tx.query(text, values, callback);
      });
    const running = postgresLedger(pool).run(fresh(), async (tx) => {
      expect(await heard(tx, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
      expect(await heard(tx, 'SELECT $1::int AS n', [2])).toEqual([{ n: 2 }]);
      const inConfig = { text: 'SELECT 3 AS n', callback: jest.fn() };
      void tx.query(inConfig);
      expect(await heard(tx, 'SELECT 1 / 0')).toMatchObject({ code: '22012' });
      expect(inConfig.callback).toHaveBeenCalledWith(null, expect.objectContaining({ rows: [{ n: 3 }] }));
    });
    await expect(running).rejects.toMatchObject({ code: 'tx_failed' });
  });

  test('nested transactions are savepoints: kept, undone and left open', async () => {
    const keys = fresh();
    const insert = (tx: PgClientLike, what: string) =>
      tx.query('INSERT INTO written VALUES ($1)', [`${keys[0]} ${what}`]);
    const found = async (): Promise<string[]> =>
      (
        await pool.query<{ text: string }>('SELECT text FROM written WHERE text LIKE $1 ORDER BY text', [
          `${keys[0]} %`,
        ])
      ).rows.map(({ text }) => text.slice(`${keys[0]} `.length));
    await postgresLedger(pool).run(keys, async (tx) => {
      await tx.query('begin');
      await insert(tx, 'kept');
      await tx.query('START TRANSACTION READ WRITE, ISOLATION LEVEL READ COMMITTED;');
      await insert(tx, 'undone');
      await tx.query('SELECT 1 / 0').catch(() => undefined);
      await tx.query('rollback');
      await tx.query('COMMIT');
    });
    expect(await found()).toEqual(['kept']);
    const open = postgresLedger(pool).run(fresh(), async (tx) => void (await tx.query('BEGIN')));
    await expect(open).rejects.toMatchObject({ code: 'tx_failed' });
    await idle();
  });

  test('savepoints are the handler’s to use', async () => {
    const name = fresh();
    await postgresLedger(pool).run(name, async (tx) => {
      await tx.query('INSERT INTO written VALUES ($1)', [`${name[0]} kept`]);
      await tx.query('SAVEPOINT part');
      await tx.query('SELECT 1 / 0').catch(() => undefined);
      await tx.query('ROLLBACK WORK TO SAVEPOINT part');
      await tx.query({ text: 'ROLLBACK TO part' });
      await tx.query('RELEASE part');
    });
    expect((await pool.query('SELECT 1 FROM written WHERE text = $1', [`${name[0]} kept`])).rowCount).toBe(1);
  });

  // With standard_conforming_strings off the server reads a backslash as an escape, so the ROLLBACK is no part of the string.
  const HIDDEN = String.raw`SELECT '\''; ROLLBACK; SELECT 1 --'`;
  const HIDDEN_AND_REPLACED = String.raw`SELECT '\''; ROLLBACK; BEGIN; SELECT pg_current_xact_id() --'`;

  test.each([
    ['undone', HIDDEN],
    ['undone before an error', HIDDEN.replace('SELECT 1', 'SELECT 1 / 0')],
    ['undone and replaced', HIDDEN_AND_REPLACED],
  ])(
    'a transaction that was %s is noticed: three deliveries credit nothing and answer an error',
    async (_how, text) => {
      const own = new Pool({ connectionString: service.url, options: '-c standard_conforming_strings=off' });
      await own.query('CREATE TABLE IF NOT EXISTS wallet (coins int)');
      await own.query('DELETE FROM wallet');
      const ledger = postgresLedger(own);
      const keys = fresh();
      for (let delivery = 0; delivery < 3; delivery += 1) {
        const running = ledger.run(keys, async (tx) => {
          const hidden = tx.query(text).catch(() => undefined);
          // Sent without waiting, and again afterwards.
          const at = tx.query('INSERT INTO wallet VALUES (20)').catch((error: unknown) => error);
          await hidden;
          expect(await at).toMatchObject({ code: 'tx_ended' });
          await expect(tx.query('INSERT INTO wallet VALUES (20)')).rejects.toMatchObject({ code: 'tx_ended' });
        });
        await expect(running).rejects.toMatchObject({ code: 'tx_ended' });
      }
      expect((await own.query('SELECT * FROM wallet')).rows).toEqual([]);
      expect(await ledger.run(keys, async (tx) => void (await tx.query('INSERT INTO wallet VALUES (20)')))).toBe(
        'processed',
      );
      expect((await own.query('SELECT * FROM wallet')).rows).toEqual([{ coins: 20 }]);
      await own.end();
    },
  );

  test('a constraint that fails at COMMIT undoes the claim as well', async () => {
    await pool.query('CREATE TABLE deferred (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    const ledger = postgresLedger(pool);
    const keys = fresh();
    const twice = ledger.run(keys, async (tx) => void (await tx.query('INSERT INTO deferred VALUES (1), (1)')));
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await ledger.run(keys, nothing)).toBe('processed');
  });

  test('statements that the handler did not wait for are part of the transaction, also when they fail', async () => {
    const ledger = postgresLedger(pool);
    const keys = fresh();
    const careless = async (tx: PgClientLike): Promise<void> => {
      void tx.query('SELECT pg_sleep(0.05)');
      void tx.query('SELECT 1 / 0');
    };
    await expect(ledger.run(keys, careless)).rejects.toThrow(/nothing was credited/);
    expect(
      await ledger.run(keys, async (tx) => void tx.query('INSERT INTO written VALUES ($1)', [`${keys[0]} unawaited`])),
    ).toBe('processed');
    expect((await pool.query('SELECT 1 FROM written WHERE text = $1', [`${keys[0]} unawaited`])).rowCount).toBe(1);
  });

  test('a handler that is given up in the middle of a statement leaves nothing and blocks nobody', async () => {
    await pool.query('CREATE TABLE players (id text PRIMARY KEY, coins int NOT NULL)');
    await pool.query(`INSERT INTO players VALUES ('p', 0)`);
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('UPDATE players SET coins = 1');
    const ledger = postgresLedger(pool);
    const keys = fresh();
    const update = 'UPDATE players SET coins = coins + 100';
    const abandoned = ledger.run(keys, async (tx) => {
      void tx.query(update);
      throw new Error('time limit');
    });
    await expect(abandoned).rejects.toThrow('time limit');
    await blocker.query('ROLLBACK');
    blocker.release();
    const redelivered = (): Promise<string> => ledger.run(keys, async (tx) => void (await tx.query(update)));
    while ((await redelivered()) === 'busy') await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await pool.query('SELECT coins FROM players')).rows).toEqual([{ coins: 100 }]);
    await idle();
  });

  test('tx refuses what would escape its end: cursors and streams', async () => {
    await postgresLedger(pool).run(fresh(), async (tx) => {
      const loose = tx as unknown as { query(...args: unknown[]): Promise<unknown> };
      await expect(loose.query({ text: 'SELECT 1', submit: () => undefined })).rejects.toThrow(/not supported/);
      await expect(loose.query(undefined)).rejects.toThrow(/not supported/);
    });
  });

  test('dead connections in the pool cost a retry of the claim', async () => {
    const own = new Pool({ connectionString: service.url, max: 3 });
    own.on('error', () => undefined);
    const ledger = postgresLedger(own);
    const clients = await Promise.all([own.connect(), own.connect(), own.connect()]);
    for (const client of clients) {
      client.on('error', () => undefined);
      await client.query('SELECT 1');
    }
    // Half closed: the pool takes them for good until it writes to them.
    for (const client of clients) (client as unknown as { connection: { stream: Socket } }).connection.stream.end();
    for (const client of clients) client.release();
    const elapsed = startClock();
    expect(await ledger.run(fresh(), nothing)).toBe('processed');
    expect(elapsed()).toBeLessThan(2_500);
    await own.end();
  });

  test('a pooled connection that says nothing costs a retry of the claim', async () => {
    const own = new Pool({ connectionString: service.url, max: 2 });
    const [silent, well] = [await own.connect(), await own.connect()];
    (silent as unknown as { connection: { stream: Socket } }).connection.stream.write = () => true;
    silent.on('error', () => undefined);
    well.release();
    // The pool lends the one that came back last.
    silent.release();
    expect(await postgresLedger(own).run(fresh(), nothing)).toBe('processed');
    await own.end();
  });

  test('a search_path that changes later, and a temporary table, choose no other table', async () => {
    await pool.query('CREATE SCHEMA IF NOT EXISTS elsewhere');
    const own = new Pool({ connectionString: service.url, max: 1 });
    await postgresLedger(own, { schema: 'elsewhere' }).migrate();
    const ledger = postgresLedger(own);
    const keys = fresh();
    expect(await ledger.run(keys, nothing)).toBe('processed');
    await own.query('SET search_path = elsewhere; CREATE TEMP TABLE kiip_s2s_callbacks (key text PRIMARY KEY)');
    expect(await ledger.run(keys, nothing)).toBe('duplicate');
    expect(await postgresLedger(pool).run(keys, nothing)).toBe('duplicate');
    await own.end();
  });

  test('a session that loses its prepared statements costs nothing', async () => {
    const own = new Pool({ connectionString: service.url, max: 1 });
    const ledger = postgresLedger(own);
    for (let n = 0; n < 4; n += 1) {
      const keys = [...fresh(), ...fresh()];
      expect(await ledger.run(keys, nothing)).toBe('processed');
      expect(await ledger.run(keys, nothing)).toBe('duplicate');
      await own.query('DEALLOCATE ALL');
    }
    await own.end();
  });

  test('two ledgers over one pool share what it has prepared', async () => {
    const own = new Pool({ connectionString: service.url, max: 1 });
    for (const ledger of [postgresLedger(own), postgresLedger(own)]) {
      for (let n = 0; n < 3; n += 1) expect(await ledger.run([...fresh(), ...fresh()], nothing)).toBe('processed');
    }
    const { rows } = await own.query('SELECT name, generic_plans + custom_plans AS runs FROM pg_prepared_statements');
    expect(rows.map(({ runs }: { runs: string }) => Number(runs))).toEqual([6, 6]);
    await own.end();
  });

  test('an altered table costs nothing, although the server refuses what was prepared before', async () => {
    const own = new Pool({ connectionString: service.url, max: 1 });
    const ledger = postgresLedger(own, { table: 'altered' });
    await ledger.migrate();
    expect(await ledger.run([...fresh(), ...fresh()], nothing)).toBe('processed');
    await own.query('ALTER TABLE altered ALTER COLUMN key TYPE text COLLATE "POSIX"');
    const keys = [...fresh(), ...fresh()];
    expect(await ledger.run(keys, nothing)).toBe('processed');
    expect(await ledger.run(keys, nothing)).toBe('duplicate');
    await own.end();
  });

  test('a handler that waits for the pool it exhausts: the others and the log hear of it', async () => {
    const own = new Pool({ connectionString: service.url, max: 1 });
    const ledger = postgresLedger(own);
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const waiting = ledger.run(fresh(), async () => {
      const asked = own.query('SELECT 1');
      await expect(ledger.run(fresh(), nothing)).rejects.toThrow(/All of its 1 connections .* write with tx/);
      void asked;
      throw new Error('time limit');
    });
    await expect(waiting).rejects.toThrow('time limit');
    expect(warned).toHaveBeenCalledWith(expect.stringMatching(/waited for the pool.*write with tx/), expect.anything());
    warned.mockRestore();
    await own.end();
  });

  test('a connection terminated in mid-handler rejects, crashes nothing and is not lent again', async () => {
    const ledger = postgresLedger(pool);
    const keys = fresh();
    const running = ledger.run(keys, async (tx) => {
      await tx.query('INSERT INTO written VALUES ($1)', [`${keys[0]} lost`]);
      await pool.query(TERMINATE);
    });
    await expect(running).rejects.toThrow();
    expect(await ledger.run(keys, nothing)).toBe('processed');
    expect((await pool.query('SELECT 1 FROM written WHERE text = $1', [`${keys[0]} lost`])).rowCount).toBe(0);
    await idle();
  });

  test('idle connections that are terminated crash nothing', async () => {
    const own = new Pool({ connectionString: service.url });
    const ledger = postgresLedger(own);
    await ledger.run(fresh(), nothing);
    const removed = new Promise((resolve) => own.once('remove', resolve));
    await pool.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle'`,
    );
    await removed;
    expect(await ledger.run(fresh(), nothing)).toBe('processed');
    await own.end();
  });

  test('the server ends the transaction of a worker that says nothing for stalledAfterMs', async () => {
    const stalled = postgresLedger(pool, { stalledAfterMs: 100 });
    const keys = fresh();
    const entered = gate();
    const release = gate();
    const running = stalled.run(keys, async () => {
      entered.open();
      await release.opened;
    });
    await entered.opened;
    const ledger = postgresLedger(pool);
    while ((await ledger.run(keys, nothing)) === 'busy') await new Promise((resolve) => setTimeout(resolve, 20));
    release.open();
    await expect(running).rejects.toThrow();
    expect(await ledger.run(keys, nothing)).toBe('duplicate');
  });

  test('limits that the connection already has are left alone, and none outlives the transaction', async () => {
    const own = new Pool({ connectionString: service.url, max: 1, statement_timeout: 7_000 });
    const settings = `SELECT current_setting('statement_timeout') AS s, current_setting('idle_in_transaction_session_timeout') AS i`;
    const seen: unknown[] = [];
    await postgresLedger(own).run(fresh(), async (tx) => void seen.push(...(await tx.query(settings)).rows));
    seen.push(...(await own.query(settings)).rows);
    expect(seen).toEqual([
      { s: '7s', i: '1min' },
      { s: '7s', i: '0' },
    ]);
    await own.end();
  });

  test('claims see what others committed also where the default isolation is serializable', async () => {
    const own = new Pool({
      connectionString: service.url,
      options: '-c default_transaction_isolation=serializable -c default_transaction_read_only=on',
    });
    const ledger = postgresLedger(own);
    const keys = fresh();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ledger.run(keys, nothing)));
    expect(outcomes.filter((outcome) => outcome === 'processed')).toHaveLength(1);
    await own.end();
  });

  test('a pool whose only connection runs this very callback says busy, and a saturated one rejects, both within 3 s', async () => {
    const own = new Pool({ connectionString: service.url, max: 1 });
    const ledger = postgresLedger(own);
    const keys = fresh();
    const entered = gate();
    const release = gate();
    const holding = ledger.run(keys, async () => {
      entered.open();
      await release.opened;
    });
    await entered.opened;
    const elapsed = startClock();
    const [same, other] = await Promise.allSettled([ledger.run(keys, nothing), ledger.run(fresh(), nothing)]);
    expect(elapsed()).toBeLessThan(3_000);
    expect(same).toEqual({ status: 'fulfilled', value: 'busy' });
    expect(other).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/lent no connection/) },
    });
    release.open();
    expect(await holding).toBe('processed');
    expect(await ledger.run(keys, nothing)).toBe('duplicate');
    await own.end();
  });

  test('a table that somebody locked makes run reject within 3 s', async () => {
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE kiip_s2s_callbacks IN ACCESS EXCLUSIVE MODE');
    const elapsed = startClock();
    await expect(postgresLedger(pool).run(fresh(), nothing)).rejects.toThrow(/did not answer within/);
    expect(elapsed()).toBeLessThan(3_000);
    await blocker.query('ROLLBACK');
    blocker.release();
  });

  test('names are taken literally, whatever they hold', async () => {
    const names = { table: `Robert"; DROP TABLE written; --`, schema: `a "b".c $1 'd` };
    const ledger = postgresLedger(pool, names);
    await ledger.migrate();
    await ledger.migrate();
    expect(await ledger.run(['a'], nothing)).toBe('processed');
    expect(await ledger.run(['a'], nothing)).toBe('duplicate');
    const { rows } = await pool.query(
      'SELECT tablename AS table, schemaname AS schema FROM pg_tables WHERE schemaname = $1',
      [names.schema],
    );
    expect(rows).toEqual([names]);
    expect((await pool.query(`SELECT to_regclass('written') IS NOT NULL AS there`)).rows).toEqual([{ there: true }]);
  });

  test.each([`' OR true; --`, `\\'; DROP TABLE written; --`, `\\`, `''`, 'ключ 鍵 🔑', '$1', 'x'.repeat(2_000)])(
    'keys are taken literally: %s',
    async (key) => {
      for (const standard of ['on', 'off']) {
        const own = new Pool({ connectionString: service.url, options: `-c standard_conforming_strings=${standard}` });
        const ledger = postgresLedger(own);
        const prefixed = `${standard} ${key}`;
        expect(await ledger.run([prefixed], nothing)).toBe('processed');
        expect(await ledger.run([prefixed], nothing)).toBe('duplicate');
        expect((await own.query('SELECT 1 FROM kiip_s2s_callbacks WHERE key = $1', [prefixed])).rowCount).toBe(1);
        await own.end();
      }
    },
  );

  test('migrate() needs no right to create where everything exists', async () => {
    await pool.query(
      'CREATE ROLE app LOGIN; GRANT SELECT, INSERT ON kiip_s2s_callbacks TO app; GRANT USAGE ON SCHEMA public TO app',
    );
    const asApp = new Pool({ connectionString: service.url.replace('kiip@', 'app@') });
    const ledger = postgresLedger(asApp, { schema: 'public' });
    await ledger.migrate();
    expect(await ledger.run(fresh(), nothing)).toBe('processed');
    await expect(postgresLedger(asApp, { schema: 'forbidden' }).migrate()).rejects.toMatchObject({ code: '42501' });
    expect(asApp.idleCount).toBe(1);
    await asApp.end();
  });

  test('without its table run says to call migrate()', async () => {
    const running = postgresLedger(pool, { table: 'never_made' }).run(['a'], nothing);
    await expect(running).rejects.toThrow(/call ledger\.migrate\(\)/);
    await expect(running).rejects.toBeInstanceOf(KiipConfigError);
  });

  test('refuses what is not a pool and every bad option in one error', () => {
    const wrong = { table: '', schema: 'ü'.repeat(32), stalledAfterMs: -1 };
    expect(() => postgresLedger({} as PgPoolLike, wrong)).toThrow(/pool .*table .*schema .*stalledAfterMs /);
    expect(() => postgresLedger(undefined as unknown as PgPoolLike)).toThrow(KiipConfigError);
    expect(() => postgresLedger(pool, { tabel: 'x' } as object)).toThrow(/did you mean table/);
  });

  test('refuses a single client, lent or not, which has a connect() too', async () => {
    expect(() => postgresLedger(new Client() as unknown as PgPoolLike)).toThrow(/must be a Pool/);
    const lent = await pool.connect();
    expect(() => postgresLedger(lent as unknown as PgPoolLike)).toThrow(/must be a Pool/);
    lent.release();
  });
});

describeWith(['postgres', 'pgbouncer'], 'postgresLedger behind PgBouncer in transaction mode', () => {
  test('credits once, although sessions forget what was prepared', async () => {
    const service = await startPostgres();
    const bouncer = await startPgbouncer(service);
    const pools = [new Pool({ connectionString: bouncer.url }), new Pool({ connectionString: bouncer.url })];
    const ledgers = pools.map((pool) => postgresLedger(pool));
    await ledgers[0]?.migrate();
    const work = jest.fn(async (tx: PgClientLike) => void (await tx.query('SELECT 1')));
    const deliveries = Array.from({ length: 60 }, (_, n) => [`digest ${n % 20}`, `redemption ${n % 20}`]);
    const outcomes = await Promise.all(deliveries.map((keys, n) => ledgers[n % 2]?.run(keys, work)));
    expect(outcomes.filter((outcome) => outcome === 'processed').length).toBe(work.mock.calls.length);
    for (const keys of deliveries)
      while ((await ledgers[0]?.run(keys, work)) === 'busy') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(work).toHaveBeenCalledTimes(20);
    await Promise.all(pools.map((pool) => pool.end()));
    await bouncer.stop();
    await service.stop();
  });
});
