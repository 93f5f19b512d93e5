import { createPool as createCallbackPool, type PoolConnection as CallbackConnection } from 'mysql2';
import { createConnection, createPool, type Connection, type PoolConnection } from 'mysql2/promise';
import { Pool, type PoolClient } from 'pg';
import { sqlLedger, type SqlLedger } from 'kiip-s2s/sql';
import { describeWith, startMariadb, startPostgres, type Service } from '../../support/services.js';

// What a driver's own client lets a handler do that neither credits twice nor loses a credit.

/** What would have ended the process while `work` ran. */
async function listUncaught(work: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  const listener = (error: unknown): void => void uncaught.push(error);
  process.removeAllListeners('uncaughtException').on('uncaughtException', listener);
  try {
    await work();
  } finally {
    process.removeListener('uncaughtException', listener);
    for (const each of others) process.on('uncaughtException', each);
  }
  return uncaught;
}

const keys = (name: string): [string, string] => [`${name}-1`, `${name}-2`];

describeWith('postgres', 'a client of pg as tx', () => {
  let service: Service;
  let pool: Pool;
  beforeAll(async () => {
    service = await startPostgres();
    pool = new Pool({ connectionString: service.url });
    pool.on('error', () => undefined);
  });
  afterAll(async () => {
    await pool.end();
    await service.stop();
  });

  test('its connection drops between two statements: the run fails, and nobody need have listened for the error', async () => {
    // As pg's own documents write a transaction: nobody listens to the client that the pool lent.
    const ledger = sqlLedger<PoolClient>({
      dialect: 'postgres',
      async transaction(run) {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          await run(client);
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK').catch(() => undefined);
          throw error;
        } finally {
          client.release();
        }
      },
      query: (tx, text, values) => tx.query(text, values),
    });
    await ledger.createTable();
    const dropped = await listUncaught(async () => {
      const running = ledger.run(keys('dropped'), async (tx) => {
        const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
        await new Promise((resolve) => setTimeout(resolve, 200));
        await tx.query('SELECT 1');
      });
      await expect(running).rejects.toThrow();
    });
    expect(dropped).toEqual([]);
    expect(await ledger.run(keys('dropped'), async () => undefined)).toBe('processed');
  });

  test.each(['repeatable read', 'serializable'])(
    'a database whose transactions are %s: the table is made by many at once, and deliveries at once credit once',
    async (level) => {
      const strict = new Pool({
        connectionString: service.url,
        options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`,
      });
      strict.on('error', () => undefined);
      const table = `strict ${level}`;
      const open = () =>
        sqlLedger<PoolClient>({
          dialect: 'postgres',
          table,
          async transaction(run) {
            const client = await strict.connect();
            try {
              await client.query('BEGIN');
              await run(client);
              await client.query('COMMIT');
            } catch (error) {
              await client.query('ROLLBACK').catch(() => undefined);
              throw error;
            } finally {
              client.release();
            }
          },
          query: (tx, text, values) => tx.query(text, values),
        });
      await Promise.all(Array.from({ length: 8 }, () => open().createTable()));
      await pool.query('CREATE TABLE IF NOT EXISTS credits (callback text NOT NULL)');
      const ledger = open();
      const deliver = () =>
        ledger.run(keys(level), async (tx) => void (await tx.query('INSERT INTO credits VALUES ($1)', [level])));
      // Such a database may refuse the only one that got through, too: then the platform delivers again.
      await Promise.allSettled(Array.from({ length: 20 }, deliver));
      while ((await deliver().catch(() => 'busy')) !== 'duplicate');
      expect((await pool.query('SELECT 1 FROM credits WHERE callback = $1', [level])).rowCount).toBe(1);
      await strict.end();
    },
  );
});

describeWith('mariadb', 'a client of mysql2 as tx', () => {
  let service: Service;
  let pool: ReturnType<typeof createPool>;
  let callbackPool: ReturnType<typeof createCallbackPool>;
  let ledger: SqlLedger<PoolConnection>;
  let callbackLedger: SqlLedger<CallbackConnection>;
  const readCoins = async (id: string): Promise<number> => {
    const [rows] = await pool.query('SELECT coins FROM players WHERE id = ?', [id]);
    return (rows as { coins: number }[])[0]?.coins ?? NaN;
  };
  const addPlayer = (id: string) => pool.query('INSERT INTO players VALUES (?, 0)', [id]);

  function createLedger(prepare?: (connection: PoolConnection) => Promise<unknown>): SqlLedger<PoolConnection> {
    return sqlLedger<PoolConnection>({
      dialect: 'mysql',
      async transaction(run) {
        const connection = await pool.getConnection();
        try {
          await prepare?.(connection);
          await connection.beginTransaction();
          await run(connection);
          await connection.commit();
        } catch (error) {
          await connection.rollback();
          throw error;
        } finally {
          connection.release();
        }
      },
      async query(tx, text, values) {
        const [result] = await tx.query(text, values);
        return result as { affectedRows: number };
      },
    });
  }

  beforeAll(async () => {
    service = await startMariadb();
    pool = createPool({ uri: service.url, connectionLimit: 2 });
    callbackPool = createCallbackPool({ uri: service.url, connectionLimit: 2 });
    await pool.query('CREATE TABLE players (id VARCHAR(100) NOT NULL PRIMARY KEY, coins INT NOT NULL)');
    ledger = createLedger();
    callbackLedger = sqlLedger<CallbackConnection>({
      dialect: 'mysql',
      transaction: (run) =>
        new Promise((resolve, reject) => {
          callbackPool.getConnection((failed, connection) => {
            if (failed) return reject(failed);
            const client = connection.promise();
            client
              .beginTransaction()
              .then(() => run(connection))
              .then(() => client.commit())
              .then(resolve, (error: unknown) => client.rollback().then(() => reject(error as Error), reject))
              .finally(() => connection.release());
          });
        }),
      async query(tx, text, values) {
        const [result] = await tx.promise().query(text, values);
        return result as { affectedRows: number };
      },
    });
    await ledger.createTable();
  });
  afterAll(async () => {
    await pool.end();
    await callbackPool.promise().end();
    await service.stop();
  });

  test('its connection drops between two statements: the run fails, and nobody need have listened for the error', async () => {
    const alone = sqlLedger<Connection>({
      dialect: 'mysql',
      async transaction(run) {
        const connection = await createConnection(service.url);
        try {
          await connection.beginTransaction();
          await run(connection);
          await connection.commit();
        } finally {
          connection.destroy();
        }
      },
      async query(tx, text, values) {
        const [result] = await tx.query(text, values);
        return result as { affectedRows: number };
      },
    });
    const dropped = await listUncaught(async () => {
      const running = alone.run(keys('dropped'), async (tx) => {
        await pool.query(`KILL ${tx.threadId}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        await tx.query('SELECT 1');
      });
      await expect(running).rejects.toThrow();
    });
    expect(dropped).toEqual([]);
    expect(await alone.run(keys('dropped'), async () => undefined)).toBe('processed');
  });

  const COMMITTING = [
    'CREATE TABLE IF NOT EXISTS seen (id INT)',
    'create or replace table seen (id INT)',
    'ALTER TABLE players COMMENT "x"',
    'DROP TABLE IF EXISTS no_such',
    'TRUNCATE TABLE players_log',
    'RENAME TABLE players TO gamers',
    'LOCK TABLES players WRITE',
    'ANALYZE TABLE players',
    'OPTIMIZE TABLE players',
    'GRANT SELECT ON *.* TO nobody',
    'SET autocommit = 1',
    'SET @x = 1, @@session.autocommit = 1',
    '/*!50000 CREATE */ TABLE seen2 (id INT)',
  ];
  test.each(COMMITTING)(
    '%s would commit the claim by itself, so it is refused and the redelivery credits',
    async (text) => {
      const id = `player ${text.slice(0, 60)}`;
      await addPlayer(id);
      const work = (withDdl: boolean) => async (tx: PoolConnection) => {
        if (withDdl) await tx.query(text);
        await tx.query('UPDATE players SET coins = coins + 20 WHERE id = ?', [id]);
      };
      await expect(ledger.run(keys(id), work(true))).rejects.toMatchObject({ code: 'tx_refused' });
      expect(await readCoins(id)).toBe(0);
      expect(await ledger.run(keys(id), work(false))).toBe('processed');
      expect(await readCoins(id)).toBe(20);
    },
  );

  test('a temporary table commits nothing, so it is taken', async () => {
    await addPlayer('temporary');
    const outcome = await ledger.run(keys('temporary'), async (tx) => {
      await tx.query('CREATE TEMPORARY TABLE basket (coins INT)');
      await tx.query('INSERT INTO basket VALUES (20)');
      await tx.query('UPDATE players SET coins = coins + (SELECT coins FROM basket) WHERE id = ?', ['temporary']);
      await tx.query('DROP TEMPORARY TABLE basket');
      await tx.query('SET @autocommitted = 1');
    });
    expect([outcome, await readCoins('temporary')]).toEqual(['processed', 20]);
  });

  test('a statement that was prepared with tx is as dead as tx when the handler is late', async () => {
    await addPlayer('late');
    let credit = async (): Promise<unknown> => undefined;
    const late = ledger.run(keys('late'), async (tx) => {
      const statement = await tx.prepare('UPDATE players SET coins = coins + 20 WHERE id = ?');
      credit = () => statement.execute(['late']);
      throw new Error('time limit');
    });
    await expect(late).rejects.toThrow('time limit');
    await expect(credit()).rejects.toMatchObject({ code: 'tx_over' });
    expect(await readCoins('late')).toBe(0);
  });

  test('a prepared statement that fails unnoticed is no credit', async () => {
    const swallowing = ledger.run(keys('swallowed'), async (tx) => {
      const statement = await tx.prepare('INSERT INTO players VALUES (?, 0)');
      await statement.execute(['late']).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'tx_failed' });
  });

  test('promise() of a client with callbacks is watched like the client, and ends with it', async () => {
    await addPlayer('promised');
    const credit = (tx: CallbackConnection) =>
      tx.promise().query('UPDATE players SET coins = coins + 20 WHERE id = ?', ['promised']);
    let handed: CallbackConnection | undefined;
    expect(
      await callbackLedger.run(keys('promised'), async (tx) => {
        handed = tx;
        await credit(tx);
        await expect(tx.promise().commit()).rejects.toMatchObject({ code: 'tx_refused' });
        await expect(tx.promise().query('COMMIT')).rejects.toMatchObject({ code: 'tx_refused' });
      }),
    ).toBe('processed');
    await expect(credit(handed as CallbackConnection)).rejects.toMatchObject({ code: 'tx_over' });
    expect(await readCoins('promised')).toBe(20);
    const swallowing = callbackLedger.run(keys('swallowed 2'), async (tx) => {
      await tx
        .promise()
        .query('INSERT INTO no_such_table VALUES (1)')
        .catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'tx_failed' });
  });

  test('a statement that a client with callbacks refuses at once throws into the handler, and is no credit', async () => {
    await addPlayer('refused');
    let refusal: unknown;
    const swallowing = callbackLedger.run(keys('refused'), async (tx) => {
      try {
        tx.execute('UPDATE players SET coins = ? WHERE id = ?', [undefined as never, 'refused'], () => undefined);
      } catch (error) {
        refusal = error;
      }
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'tx_failed' });
    expect(refusal).toBeInstanceOf(TypeError);
  });

  test.each(['READ UNCOMMITTED', 'SERIALIZABLE'])(
    '%s: a claim of a worker that is still at it is busy, and not found',
    async (level) => {
      const dirty = createLedger((connection) => connection.query(`SET TRANSACTION ISOLATION LEVEL ${level}`));
      const id = level.replace(' ', '-');
      const both = [`${level} digest`, `redemption ${id}`];
      const failing = dirty.run(both, async () => {
        expect(await dirty.run(both, async () => undefined)).toBe('busy');
        expect(await dirty.find(id)).toEqual([]);
        throw new Error('no credit');
      });
      await expect(failing).rejects.toThrow('no credit');
      expect(await dirty.run(both, async () => undefined)).toBe('processed');
      expect(await dirty.run(both, async () => undefined)).toBe('duplicate');
      expect(await dirty.find(id)).toHaveLength(1);
    },
  );
});
