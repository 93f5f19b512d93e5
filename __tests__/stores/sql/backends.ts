import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { createPool, type PoolConnection } from 'mysql2/promise';
import { Pool, type PoolClient } from 'pg';
import { sqlLedger, type SqlLedger } from 'kiip-s2s/sql';
import { startMariadb, startPostgres } from '../../support/services.js';

// Drivers' own clients as `tx`, one backend for each dialect. What a user would write by hand.

/** A database with the tables `written (text)` and `players (id, coins)`, and what a test needs to know about it. */
export interface Backend<Tx> {
  /** A ledger of a worker of its own. */
  open(): { ledger: SqlLedger<Tx>; close(): Promise<void> };
  /** One statement, with `?` for its values, outside of every ledger. */
  query(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  /** One statement of a handler, with `?` for its values. */
  write(tx: Tx, text: string, ...values: unknown[]): Promise<unknown>;
  /** Ends every transaction that is open right now, as if the server had given up on its worker. */
  endTransactions?(): Promise<void>;
  stop(): Promise<void>;
}

const TABLES = [
  'CREATE TABLE written (text VARCHAR(200) NOT NULL PRIMARY KEY)',
  'CREATE TABLE players (id VARCHAR(100) NOT NULL PRIMARY KEY, coins INT NOT NULL)',
];
/** `?` as PostgreSQL spells it. */
const number = (text: string): string => {
  let n = 0;
  return text.replaceAll('?', () => `$${(n += 1)}`);
};

export async function postgresBackend(): Promise<Backend<PoolClient>> {
  const service = await startPostgres();
  const pool = new Pool({ connectionString: service.url });
  pool.on('error', () => undefined);
  for (const table of TABLES) await pool.query(table);
  return {
    open() {
      const own = new Pool({ connectionString: service.url });
      own.on('error', () => undefined);
      const ledger = sqlLedger<PoolClient>({
        dialect: 'postgres',
        async transaction(run) {
          const client = await own.connect();
          try {
            await client.query('BEGIN');
            await run(client);
            await client.query('COMMIT');
            client.release();
          } catch (error) {
            const undone = await client.query('ROLLBACK').catch(() => null);
            client.release(undone === null);
            throw error;
          }
        },
        query: (tx, text, values) => tx.query(text, values),
      });
      return { ledger, close: () => own.end() };
    },
    query: async (text, ...values) => (await pool.query<Record<string, unknown>>(number(text), values)).rows,
    write: (tx, text, ...values) => tx.query(number(text), values),
    async endTransactions() {
      await pool.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'`,
      );
    },
    async stop() {
      await pool.end();
      await service.stop();
    },
  };
}

export async function mysqlBackend(): Promise<Backend<PoolConnection>> {
  const service = await startMariadb();
  const pool = createPool(service.url);
  for (const table of TABLES) await pool.query(table);
  return {
    open() {
      const own = createPool(service.url);
      const ledger = sqlLedger<PoolConnection>({
        dialect: 'mysql',
        async transaction(run) {
          const connection = await own.getConnection();
          try {
            await connection.beginTransaction();
            await run(connection);
            await connection.commit();
            connection.release();
          } catch (error) {
            await connection.rollback().then(
              () => connection.release(),
              () => connection.destroy(),
            );
            throw error;
          }
        },
        async query(tx, text, values) {
          const [result] = await tx.query(text, values);
          return result as { affectedRows: number };
        },
      });
      return { ledger, close: () => own.end() };
    },
    async query(text, ...values) {
      const [rows] = await pool.query(text, values);
      return rows as Record<string, unknown>[];
    },
    write: (tx, text, ...values) => tx.query(text, values),
    async endTransactions() {
      // The server keeps this list for a tenth of a second.
      await new Promise((resolve) => setTimeout(resolve, 150));
      const [rows] = await pool.query('SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx');
      for (const { id } of rows as { id: number }[]) {
        // The list may still name one that has ended.
        await pool.query(`KILL ${id}`).catch(() => undefined);
        const isThere = async (): Promise<boolean> => {
          const [found] = await pool.query('SELECT 1 FROM information_schema.processlist WHERE id = ?', [id]);
          return (found as unknown[]).length > 0;
        };
        while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async stop() {
      await pool.end();
      await service.stop();
    },
  };
}

export async function sqliteBackend(): Promise<Backend<Database.Database>> {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-sqlite-'));
  const path = join(folder, 'game.db');
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  for (const table of TABLES) database.exec(table);
  return {
    open() {
      const ledger = sqlLedger<Database.Database>({
        dialect: 'sqlite',
        // A connection for each transaction, since one holds a single transaction.
        async transaction(run) {
          const own = new Database(path, { timeout: 0 });
          try {
            own.exec('BEGIN IMMEDIATE');
            await run(own);
            own.exec('COMMIT');
          } catch (error) {
            if (own.inTransaction) own.exec('ROLLBACK');
            throw error;
          } finally {
            own.close();
          }
        },
        query(tx, text, values) {
          const statement = tx.prepare(text);
          if (statement.reader) return statement.all(...values);
          return { rows: [], rowCount: statement.run(...values).changes };
        },
      });
      return { ledger, close: async () => undefined };
    },
    query: async (text, ...values) => database.prepare(text).all(...values) as Record<string, unknown>[],
    write: async (tx, text, ...values) => tx.prepare(text).run(...values),
    async stop() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
