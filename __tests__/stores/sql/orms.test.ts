import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import Database from 'libsql';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { describeWith, startMariadb, startPostgres } from '../../support/services.js';
import { RECIPES, openRecipe, type Recipe } from './orms.js';

// Shows 2: what a handler writes with its library and the ledger's row commit and vanish together.

const PLAYERS = 'CREATE TABLE players (id VARCHAR(100) NOT NULL PRIMARY KEY, coins INT NOT NULL)';
const LEDGER_ROWS = 'SELECT COUNT(*) AS n FROM kiip_s2s_callbacks';

/** A database as an onlooker sees it. */
interface Onlooker {
  readonly url: string;
  query(text: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

async function lookAtPostgres(): Promise<Onlooker> {
  const service = await startPostgres();
  const pool = new Pool({ connectionString: service.url });
  pool.on('error', () => undefined);
  return {
    url: service.url,
    query: async (text) => (await pool.query<Record<string, unknown>>(text)).rows,
    async stop() {
      await pool.end();
      await service.stop();
    },
  };
}

async function lookAtMariadb(): Promise<Onlooker> {
  const service = await startMariadb();
  const pool = createPool(service.url);
  return {
    url: service.url,
    query: async (text) => (await pool.query(text))[0] as Record<string, unknown>[],
    stop: async () => (await pool.end(), service.stop()),
  };
}

async function lookAtSqlite(): Promise<Onlooker> {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-orm-'));
  const path = join(folder, 'game.db');
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  return {
    url: path,
    query: async (text) => {
      const statement = database.prepare(text);
      return statement.reader ? (statement.all() as Record<string, unknown>[]) : (statement.run(), []);
    },
    stop: async () => (database.close(), rmSync(folder, { recursive: true })),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'kiip-orm-child-'));
const CHILD = join(folder, 'child.cjs');
beforeAll(() => {
  buildSync({
    entryPoints: [join(__dirname, 'orm-child.ts')],
    outfile: CHILD,
    bundle: true,
    platform: 'node',
    packages: 'external',
    alias: { 'kiip-s2s/sql': join(__dirname, '../../../src/stores/sql/index.ts') },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

function suite(database: 'postgres' | 'mariadb' | 'sqlite', look: () => Promise<Onlooker>): void {
  const names = Object.keys(RECIPES).filter((name) => RECIPES[name]?.database === database);
  let db: Onlooker;
  beforeAll(async () => {
    db = await look();
    await db.query(PLAYERS);
  });
  afterAll(() => db.stop());

  describe.each(names)('%s', (name) => {
    let recipe: Recipe<unknown>;
    let serial = 0;
    let keys: string[];
    beforeAll(async () => {
      recipe = await openRecipe(name, db.url);
      await Promise.all(Array.from({ length: 4 }, () => recipe.ledger.createTable()));
    });
    beforeEach(async () => {
      serial += 1;
      keys = [`${name} digest ${serial}`, `redemption ${name}-${serial}`];
      await db.query('DELETE FROM players');
      await db.query(`INSERT INTO players VALUES ('ann', 0)`);
      await db.query('DELETE FROM kiip_s2s_callbacks');
    });
    afterAll(() => recipe.close());
    /** Coins and ledger rows, as everybody else sees them. */
    const see = async (): Promise<number[]> => [
      Number((await db.query('SELECT coins FROM players'))[0]?.['coins']),
      Number((await db.query(LEDGER_ROWS))[0]?.['n']),
    ];

    test('credits once, and finds it', async () => {
      const credit = jest.fn((tx: unknown) => recipe.credit(tx, 'ann', 20));
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => recipe.ledger.run(keys, credit)));
      expect(outcomes.filter((outcome) => outcome === 'processed')).toHaveLength(1);
      expect(await recipe.ledger.run(keys, credit)).toBe('duplicate');
      expect(await see()).toEqual([20, 2]);
      expect(await recipe.ledger.find(`${name}-${serial}`)).toEqual([{ type: 'redemption', at: expect.any(Date) }]);
    });

    test('a handler that fails takes its credit and its claim with it', async () => {
      const failure = new Error('after the credit');
      const running = recipe.ledger.run(keys, async (tx) => {
        await recipe.credit(tx, 'ann', 20);
        throw failure;
      });
      await expect(running).rejects.toBe(failure);
      expect(await see()).toEqual([0, 0]);
      await expect(recipe.ledger.run(keys, (tx) => recipe.credit(tx, 'nobody', 1))).rejects.toThrow('no such player');
      expect(await recipe.ledger.run(keys, (tx) => recipe.credit(tx, 'ann', 20))).toBe('processed');
      expect(await see()).toEqual([20, 2]);
    });

    test('a nested transaction that fails is undone by itself', async () => {
      if (recipe.creditNestedAndFail === undefined) return;
      const { creditNestedAndFail } = recipe;
      await recipe.ledger.run(keys, async (tx) => {
        await recipe.credit(tx, 'ann', 20);
        await expect(creditNestedAndFail(tx, 'ann', 1_000)).rejects.toThrow();
      });
      expect(await see()).toEqual([20, 2]);
    });

    test('killed between the credit and the COMMIT: both vanish, and the redelivery credits', async () => {
      const child = fork(CHILD, [name, db.url, ...keys], {
        execArgv: [],
        // The child stands in a folder without packages.
        env: { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      await once(child, 'message');
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      expect(await see()).toEqual([0, 0]);
      const redeliver = () => recipe.ledger.run(keys, (tx) => recipe.credit(tx, 'ann', 20));
      let outcome = await redeliver();
      // The server takes a moment to notice that its client is gone.
      while (outcome === 'busy') {
        await new Promise((resolve) => setTimeout(resolve, 20));
        outcome = await redeliver();
      }
      expect(outcome).toBe('processed');
      expect(await see()).toEqual([20, 2]);
    });
  });
}

describeWith('postgres', 'libraries on PostgreSQL', () => suite('postgres', lookAtPostgres));
describeWith('mariadb', 'libraries on MariaDB', () => suite('mariadb', lookAtMariadb));
describe('libraries on SQLite', () => suite('sqlite', lookAtSqlite));
