import { describeWith } from '../../support/services.js';
import { ledgerContract } from '../contract.js';
import { mysqlBackend, postgresBackend, sqliteBackend, type Backend } from './backends.js';

/** The contract over a backend whose `tx` is a driver's own client. */
function contractOver<Tx>(
  name: string,
  start: () => Promise<Backend<Tx>>,
  traits: { leases?: true; oneWriter?: true },
): void {
  ledgerContract<Tx>(name, { ...traits, transactions: true }, async () => {
    const backend = await start();
    const [one, two] = [backend.open(), backend.open()];
    // As eight processes do at their start.
    await Promise.all(Array.from({ length: 4 }, () => [one.ledger.createTable(), two.ledger.createTable()]).flat());
    return {
      first: one.ledger,
      second: two.ledger,
      ...(backend.endTransactions === undefined
        ? {}
        : { expireClaims: () => backend.endTransactions?.() ?? Promise.resolve() }),
      write: async (tx, text) => void (await backend.write(tx, 'INSERT INTO written VALUES (?)', text)),
      written: async () => (await backend.query('SELECT text FROM written')).map(({ text }) => String(text)),
      failQuietly: async (tx) =>
        void (await backend.write(tx, 'INSERT INTO no_such_table VALUES (1)').catch(() => undefined)),
      async close() {
        await one.close();
        await two.close();
        await backend.stop();
      },
    };
  });
}

describeWith('postgres', 'sqlLedger over pg', () => contractOver('sqlLedger, pg', postgresBackend, { leases: true }));
describeWith('mariadb', 'sqlLedger over mysql2', () =>
  contractOver('sqlLedger, mysql2', mysqlBackend, { leases: true }),
);
contractOver('sqlLedger, libsql', sqliteBackend, { oneWriter: true });
