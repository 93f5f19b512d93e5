import { TX_ERRORS } from '../ledger-error.js';
import type { Claims } from './claims.js';
import { describeNoTransaction } from './errors.js';
import { isNoSavepoint } from './failures.js';
import { quoteIdentifier } from './quote.js';
import { readNumber, readText } from './result.js';

const SAVEPOINT = 'kiip_s2s';
/** Milliseconds since 1970 by the database's clock, which every process of the machine shares. */
const NOW = `CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)`;

/** Claims with a plain insert: SQLite has one writer at a time, so no other claim can be in progress. */
export function sqliteClaims(table: string): Claims {
  const name = quoteIdentifier(table);
  return {
    hasOneWriter: true,

    async createTable(ask) {
      await ask(
        `CREATE TABLE IF NOT EXISTS ${name} (id TEXT NOT NULL PRIMARY KEY, processed_at INTEGER NOT NULL DEFAULT (${NOW})) WITHOUT ROWID`,
      );
    },

    async assertTransaction(ask) {
      const begun = await ask('BEGIN').then(
        () => true,
        () => false,
      );
      if (!begun) return;
      await ask('ROLLBACK');
      throw describeNoTransaction();
    },

    async claim(ask, keys) {
      const rows = keys.map(() => '(?)').join(', ');
      const claimed = await ask(`INSERT INTO ${name} (id) VALUES ${rows} ON CONFLICT DO NOTHING RETURNING id`, [
        ...keys,
      ]);
      if (claimed.rows.length < keys.length) return 'duplicate';
      await ask(`SAVEPOINT ${SAVEPOINT}`);
      return {
        async check() {
          await ask(`RELEASE ${SAVEPOINT}`).catch((error: unknown) => {
            throw isNoSavepoint(error) ? TX_ERRORS.ended() : error;
          });
        },
        release: async () => undefined,
      };
    },

    async find(ask, key, from, to) {
      const { rows } = await ask(`SELECT id, processed_at AS at FROM ${name} WHERE id = ? OR (id >= ? AND id < ?)`, [
        key,
        from,
        to,
      ]);
      return rows.map((row) => ({ key: readText(row, 'id'), at: new Date(readNumber(row, 'at')) }));
    },
  };
}
