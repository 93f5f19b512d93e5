import { KiipConfigError } from 'kiip-s2s';
import { sqlLedger, type SqlLedgerOptions } from 'kiip-s2s/sql';
import { sqliteBackend } from './backends.js';

const nothing = async (): Promise<void> => undefined;

test('options: every problem at once, misspelt names among them', () => {
  const wrong = { dialect: 'oracle', transaction: 1, tabel: 'x' } as unknown as SqlLedgerOptions<unknown>;
  expect(() => sqlLedger(wrong)).toThrow(KiipConfigError);
  expect(() => sqlLedger(wrong)).toThrow(/sqlLedger: .*dialect.*transaction.*query.*did you mean table/);
});

test('a transaction() that never calls run, or swallows its failure, is an error and never processed', async () => {
  const query = () => [];
  const idle = sqlLedger<null>({ dialect: 'postgres', query, transaction: async () => undefined });
  await expect(idle.run(['a'], nothing)).rejects.toThrow(/without calling run/);
  const swallowing = sqlLedger<null>({
    dialect: 'postgres',
    query: () => [{ schema: 'public', xid: '1', key: 'a' }],
    transaction: (run) => run(null).catch(() => undefined),
  });
  const failing = swallowing.run(['a'], () => Promise.reject(new Error('no credit')));
  await expect(failing).rejects.toThrow(/roll back and reject/);
});

test('without its table run says to call createTable()', async () => {
  const backend = await sqliteBackend();
  await expect(backend.open().ledger.run(['a'], nothing)).rejects.toThrow(/call ledger\.createTable\(\)/);
  await backend.stop();
});

test.each(['postgres', 'mysql', 'sqlite'] as const)(
  'rows without the columns that were asked for are an error in %s, not a callback that is busy for ever',
  async (dialect) => {
    const asked: string[] = [];
    const ledger = sqlLedger<null>({
      dialect,
      transaction: (run) => run(null),
      query(_tx, text) {
        asked.push(text);
        if (text === 'BEGIN') throw new Error('within a transaction');
        // As drivers answer that were told to give rows as arrays.
        return { rows: [['1'], ['1']], rowCount: 2 };
      },
    });
    if (dialect !== 'sqlite')
      await expect(ledger.run(['a', 'b'], nothing)).rejects.toMatchObject({ code: 'store_answer' });
    await expect(ledger.find('a')).rejects.toMatchObject({ code: 'store_answer' });
    expect(asked).not.toEqual([]);
  },
);
