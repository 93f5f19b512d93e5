import 'reflect-metadata';
import { PrismaPg } from '@prisma/adapter-pg';
import Database from 'libsql';
import { eq, sql as drizzleSql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text as pgText } from 'drizzle-orm/pg-core';
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import knex, { type Knex } from 'knex';
import { createPool, type PoolConnection } from 'mysql2/promise';
import { Pool } from 'pg';
import { DataSource, EntitySchema, type EntityManager } from 'typeorm';
import { sqlLedger, type SqlLedger } from 'kiip-s2s/sql';
import { openPrisma, type PrismaTx } from './prisma-client.js';

// The recipes of docs/ledgers.md, run: how each library opens the transaction, and a credit written with it.

/** A ledger through one library, and what a game does with it. */
export interface Recipe<Tx> {
  readonly ledger: SqlLedger<Tx>;
  credit(tx: Tx, player: string, coins: number): Promise<void>;
  /** The same in a nested transaction of the library's that then fails; the handler goes on. */
  creditNestedAndFail?(tx: Tx, player: string, coins: number): Promise<void>;
  close(): Promise<void>;
}

const expectOne = (count: unknown): void => {
  if (Number(count) !== 1) throw new Error('no such player');
};
const stop = new Error('the nested part fails');

/** A pool that a lost connection does not bring down. */
function openPool(url: string): Pool {
  const pool = new Pool({ connectionString: url });
  // Idle connections report their end to the pool, those in use by an event of their own.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

function useDrizzle(url: string): Recipe<Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0]> {
  const pool = openPool(url);
  const db = drizzle(pool);
  const players = pgTable('players', { id: pgText().primaryKey(), coins: integer().notNull() });
  type Tx = Parameters<Parameters<typeof db.transaction>[0]>[0];
  /** Drizzle takes a text with its values in between; the placeholders are in order. */
  const fill = (text: string, values: readonly unknown[]) =>
    drizzleSql.join(
      text
        .split(/(\$\d+)/)
        .map((part) =>
          /^\$\d+$/.test(part) ? drizzleSql`${values[Number(part.slice(1)) - 1]}` : drizzleSql.raw(part),
        ),
    );
  const credit = async (tx: Tx, player: string, coins: number): Promise<void> => {
    const { rowCount } = await tx
      .update(players)
      .set({ coins: drizzleSql`${players.coins} + ${coins}` })
      .where(eq(players.id, player));
    expectOne(rowCount);
  };
  return {
    ledger: sqlLedger<Tx>({
      dialect: 'postgres',
      transaction: (run) => db.transaction(run),
      query: (tx, text, values) => tx.execute(fill(text, values)),
    }),
    credit,
    creditNestedAndFail: (tx, player, coins) =>
      tx.transaction(async (nested) => {
        await credit(nested, player, coins);
        throw stop;
      }),
    close: () => pool.end(),
  };
}

interface Game {
  players: { id: string; coins: number };
}

function useKysely(url: string): Recipe<Transaction<Game>> {
  const db = new Kysely<Game>({ dialect: new PostgresDialect({ pool: openPool(url) }) });
  return {
    ledger: sqlLedger<Transaction<Game>>({
      dialect: 'postgres',
      transaction: (run) => db.transaction().execute(run),
      query: (tx, text, values) => tx.executeQuery(CompiledQuery.raw(text, values)),
    }),
    async credit(tx, player, coins) {
      const { numUpdatedRows } = await tx
        .updateTable('players')
        .set((eb) => ({ coins: eb('coins', '+', coins) }))
        .where('id', '=', player)
        .executeTakeFirst();
      expectOne(numUpdatedRows);
    },
    close: () => db.destroy(),
  };
}

/** Knex writes `?` itself, so PostgreSQL's `$1` become its named bindings. */
const nameBindings = (text: string, values: readonly unknown[]): [string, Record<string, string>] => [
  text.replaceAll(/\$(\d+)/g, ':v$1'),
  Object.fromEntries(values.map((value, n) => [`v${n + 1}`, value as string])),
];

function useKnex(client: 'pg' | 'mysql2', url: string): Recipe<Knex.Transaction> {
  const db = knex({ client, connection: url });
  const credit = async (tx: Knex, player: string, coins: number): Promise<void> =>
    expectOne(await tx('players').where({ id: player }).increment('coins', coins));
  return {
    ledger: sqlLedger<Knex.Transaction>({
      dialect: client === 'pg' ? 'postgres' : 'mysql',
      transaction: (run) => db.transaction(run),
      query: (tx, text, values) =>
        client === 'pg' ? tx.raw(...nameBindings(text, values)) : tx.raw(text, values as string[]),
    }),
    credit,
    creditNestedAndFail: (tx, player, coins) =>
      tx.transaction(async (nested) => {
        await credit(nested, player, coins);
        await nested.raw('SELECT * FROM no_such_table');
      }),
    close: () => db.destroy(),
  };
}

const Player = new EntitySchema<Game['players']>({
  name: 'players',
  columns: { id: { type: 'varchar', primary: true }, coins: { type: 'int' } },
});

async function useTypeorm(url: string): Promise<Recipe<EntityManager>> {
  const source = await new DataSource({ type: 'postgres', url, entities: [Player] }).initialize();
  return {
    ledger: sqlLedger<EntityManager>({
      dialect: 'postgres',
      transaction: (run) => source.transaction(run),
      query: (tx, text, values) => tx.query(text, values),
    }),
    async credit(tx, player, coins) {
      const { affected } = await tx.increment(Player, { id: player }, 'coins', coins);
      expectOne(affected);
    },
    creditNestedAndFail: (tx, player, coins) =>
      tx.transaction(async (nested) => {
        await nested.increment(Player, { id: player }, 'coins', coins);
        throw stop;
      }),
    close: () => source.destroy(),
  };
}

function usePrisma(url: string): Recipe<PrismaTx> {
  const prisma = openPrisma(new PrismaPg({ connectionString: url }));
  const credit = async (tx: PrismaTx, player: string, coins: number): Promise<void> => {
    const { count } = await tx.players.updateMany({ where: { id: player }, data: { coins: { increment: coins } } });
    expectOne(count);
  };
  return {
    ledger: sqlLedger<PrismaTx>({
      dialect: 'postgres',
      // Longer than the receiver's handlerTimeoutMs; Prisma itself would end the transaction after 5 seconds.
      transaction: (run) => prisma.$transaction(run, { timeout: 30_000 }),
      query: (tx, text, values) => tx.$queryRawUnsafe(text, ...values),
    }),
    credit,
    creditNestedAndFail: (tx, player, coins) =>
      tx.$transaction(async (nested) => {
        await credit(nested, player, coins);
        throw stop;
      }),
    close: () => prisma.$disconnect(),
  };
}

function useMysql2(url: string): Recipe<PoolConnection> {
  const pool = createPool(url);
  return {
    ledger: sqlLedger<PoolConnection>({
      dialect: 'mysql',
      async transaction(run) {
        const connection = await pool.getConnection();
        try {
          await connection.beginTransaction();
          await run(connection);
          await connection.commit();
          connection.release();
        } catch (error) {
          // A connection that cannot roll back is closed, which rolls back too.
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
    }),
    async credit(tx, player, coins) {
      const [result] = await tx.execute('UPDATE players SET coins = coins + ? WHERE id = ?', [coins, player]);
      expectOne((result as { affectedRows: number }).affectedRows);
    },
    close: () => pool.end(),
  };
}

function useLibsql(path: string): Recipe<Database.Database> {
  return {
    ledger: sqlLedger<Database.Database>({
      dialect: 'sqlite',
      async transaction(run) {
        const db = new Database(path, { timeout: 0 });
        try {
          db.exec('BEGIN IMMEDIATE');
          await run(db);
          db.exec('COMMIT');
        } catch (error) {
          if (db.inTransaction) db.exec('ROLLBACK');
          throw error;
        } finally {
          db.close();
        }
      },
      query(tx, text, values) {
        const statement = tx.prepare(text);
        return statement.reader ? statement.all(...values) : { rows: [], rowCount: statement.run(...values).changes };
      },
    }),
    credit: async (tx, player, coins) =>
      expectOne(tx.prepare('UPDATE players SET coins = coins + ? WHERE id = ?').run(coins, player).changes),
    close: async () => undefined,
  };
}

/** Each library by name, with the database that it is tried on. */
export const RECIPES: Record<string, { database: 'postgres' | 'mariadb' | 'sqlite'; open(url: string): unknown }> = {
  drizzle: { database: 'postgres', open: useDrizzle },
  kysely: { database: 'postgres', open: useKysely },
  'knex-pg': { database: 'postgres', open: (url) => useKnex('pg', url) },
  typeorm: { database: 'postgres', open: useTypeorm },
  prisma: { database: 'postgres', open: usePrisma },
  mysql2: { database: 'mariadb', open: useMysql2 },
  'knex-mysql2': { database: 'mariadb', open: (url) => useKnex('mysql2', url) },
  libsql: { database: 'sqlite', open: useLibsql },
};

/** Opens a library's recipe. */
export const openRecipe = async (name: string, url: string): Promise<Recipe<unknown>> =>
  (await RECIPES[name]?.open(url)) as Recipe<unknown>;
