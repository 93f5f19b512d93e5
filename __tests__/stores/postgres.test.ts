import { Pool } from 'pg';
import { KiipConfigError } from '../../src/errors/index.js';
import { postgresLedger, type PgClientLike, type PgPoolLike } from '../../src/stores/postgres/index.js';
import { describeWith, startPostgres, type Service } from '../support/services.js';
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
    ['BEGIN'],
    ['START  TRANSACTION'],
    ["PREPARE TRANSACTION 'x'"],
    [' ; -- a comment\n /* another */ CoMmIt'],
  ])('tx refuses %j, and the rest of the handler commits', async (statement) => {
    const keys = fresh();
    const ledger = postgresLedger(pool);
    const outcome = await ledger.run(keys, async (tx) => {
      await expect(tx.query(statement)).rejects.toThrow(/the transaction of the callback/);
      await expect(tx.query({ text: statement })).rejects.toThrow(/the transaction of the callback/);
    });
    expect(outcome).toBe('processed');
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

  test.each([
    ['ended', 'SELECT 1; COMMIT'],
    ['undone', 'SELECT 1; ROLLBACK'],
    ['replaced', 'SELECT 1; ROLLBACK; BEGIN; SELECT pg_current_xact_id()'],
    ['committed and replaced', 'SELECT 1; COMMIT; BEGIN; SELECT pg_current_xact_id()'],
  ])('a transaction that a handler %s by a trick is an error', async (_how, statement) => {
    const keys = fresh();
    await expect(postgresLedger(pool).run(keys, async (tx) => void (await tx.query(statement)))).rejects.toThrow(
      /ended the transaction/,
    );
    await idle();
  });

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

  test('tx refuses what would escape its end: callbacks, cursors', async () => {
    const ledger = postgresLedger(pool);
    await ledger.run(fresh(), async (tx) => {
      const loose = tx as unknown as { query(...args: unknown[]): Promise<unknown> };
      await expect(loose.query('SELECT 1', () => undefined)).rejects.toThrow(/not supported/);
      await expect(loose.query({ submit: () => undefined })).rejects.toThrow(/not supported/);
      await expect(loose.query(undefined)).rejects.toThrow(/not supported/);
    });
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
    const began = Date.now();
    const [same, other] = await Promise.allSettled([ledger.run(keys, nothing), ledger.run(fresh(), nothing)]);
    expect(Date.now() - began).toBeLessThan(3_000);
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
    const began = Date.now();
    await expect(postgresLedger(pool).run(fresh(), nothing)).rejects.toThrow(/did not answer within/);
    expect(Date.now() - began).toBeLessThan(3_000);
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
  });
});
