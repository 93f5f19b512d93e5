import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describeWith } from '../../support/services.js';
import {
  CHILD_ENVIRONMENT,
  PLAYERS,
  bundleChild,
  lookAtMariadb,
  lookAtPostgres,
  lookAtSqlite,
  type Onlooker,
} from './onlooker.js';
import { RECIPES, openRecipe, type Recipe } from './orms.js';

// What a handler writes with its library and the ledger's row commit and vanish together.

const LEDGER_ROWS = 'SELECT COUNT(*) AS n FROM kiip_s2s_callbacks';
const child = bundleChild('orm-child');
afterAll(() => child.remove());

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
      const worker = fork(child.file, [name, db.url, ...keys], {
        execArgv: [],
        env: { ...process.env, ...CHILD_ENVIRONMENT },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      await once(worker, 'message');
      const exited = once(worker, 'exit');
      worker.kill('SIGKILL');
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
