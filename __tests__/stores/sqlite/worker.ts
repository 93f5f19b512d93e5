import Database from 'libsql';
import { sqliteLedger, type SqliteDatabaseLike } from 'kiip-s2s/sql';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.js';

export { sqliteLedger };

/** A worker whose credit is idempotent, as docs/ledgers.md asks of ledgers without a `tx`, and counts how often it was asked for. */
function main({ path, credits, store }: WorkerOptions): void {
  const ledger =
    store === 'libsql'
      ? sqliteLedger(path, { database: new Database(path) as unknown as SqliteDatabaseLike, leaseMs: 400 })
      : sqliteLedger(path, { leaseMs: 400 });
  const wallet = new Database(credits, { timeout: 10_000 });
  wallet.pragma('journal_mode = WAL');
  wallet.exec('CREATE TABLE IF NOT EXISTS credits (id TEXT PRIMARY KEY, times INTEGER NOT NULL)');
  const credit = wallet.prepare('INSERT INTO credits VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET times = times + 1');
  const tell = (message: FromWorker): unknown => process.send?.(message);

  process.on('message', ({ serial, id }: ToWorker) => {
    if (id === null) {
      const [row] = wallet.prepare('SELECT COUNT(*) AS callbacks, SUM(times) - COUNT(*) AS repeats FROM credits').all();
      const { callbacks, repeats } = row as { callbacks: number; repeats: number };
      return void tell({ serial, answer: { callbacks, repeats } });
    }
    const keys = [`digest ${id}`, `redemption ${id}`];
    ledger
      .run(keys, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        credit.run(id);
      })
      .then(
        (outcome) => tell({ serial, answer: outcome }),
        (error: Error) => tell({ serial, answer: `failed: ${error.message}` }),
      );
  });
  tell({ serial: 0, answer: 'ready' });
}

const options = process.env['SQLITE_WORKER'];
if (options !== undefined) main(JSON.parse(options) as WorkerOptions);
