import { createHash } from 'node:crypto';
import { TX_ERRORS } from '../ledger-error.js';
import type { Ask, Claims } from './claims.js';
import { describeNoTransaction } from './errors.js';
import { isNoSavepoint } from './failures.js';
import { readNumber, readText, readWritten } from './result.js';

const SAVEPOINT = 'kiip_s2s';
/**
 * Reads committed rows alone and waits for nobody, whatever the isolation level: READ UNCOMMITTED would show a claim that may yet be undone,
 * SERIALIZABLE would wait for it. MariaDB runs the first comment, MySQL the second; MariaDB ignores MySQL's numbers above 50700.
 */
const COMMITTED_ONLY = '/*M!100600 LOCK IN SHARE MODE SKIP LOCKED */ /*!80001 FOR SHARE SKIP LOCKED */';
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Converts a key to a value that fits the column in every character set: short plain keys stay, others become digests. */
const storeKey = (key: string): string => (PRINTABLE.test(key) ? key : `sha256 ${sha256(key)}`);
const marks = (keys: readonly unknown[]): string => keys.map(() => '?').join(', ');

/**
 * Claims with the session's named locks, without waiting for them; a plain insert would wait for another worker's row.
 * The primary key still decides. MySQL keeps named locks beyond the transaction, so they are released just before it
 * ends; in that moment another worker's insert may wait for the COMMIT or ROLLBACK.
 *
 * A savepoint proves, before the COMMIT, that the transaction is still the one of the claim: the savepoint vanishes
 * when its transaction ends in any other way.
 */
export function mysqlClaims(table: string): Claims {
  const name = `\`${table.replaceAll('`', '``')}\``;
  // MySQL's lock names have at most 64 characters and ignore letter case.
  const nameLock = (key: string): string => `kiip-s2s ${sha256(JSON.stringify([table, key])).slice(0, 48)}`;

  /** Takes the locks in order, up to the first that another worker holds, so that one of two workers gets everything. Returns those taken. */
  const lock = async (ask: Ask, locks: readonly string[]): Promise<string[]> => {
    const tries = locks.reduceRight((rest, _, n) => `IF(GET_LOCK(?, 0) = 1, ${rest}, ${n})`, String(locks.length));
    const [row] = (await ask(`SELECT ${tries} AS got`, [...locks])).rows;
    return locks.slice(0, readNumber(row, 'got'));
  };
  const unlock = async (ask: Ask, locks: readonly string[]): Promise<void> => {
    if (locks.length === 0) return;
    await ask(`SELECT ${locks.map((_, n) => `RELEASE_LOCK(?) AS freed${n}`).join(', ')}`, [...locks]);
  };

  return {
    hasOneWriter: false,

    async createTable(ask) {
      await ask(
        `CREATE TABLE IF NOT EXISTS ${name} (id VARBINARY(255) NOT NULL PRIMARY KEY, processed_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)) ENGINE=InnoDB`,
      );
    },

    async assertTransaction(ask) {
      await ask(`SAVEPOINT ${SAVEPOINT}`);
      await ask(`RELEASE SAVEPOINT ${SAVEPOINT}`).catch((error: unknown) => {
        throw isNoSavepoint(error) ? describeNoTransaction() : error;
      });
    },

    async claim(ask, given) {
      const keys = given.map(storeKey);
      const locks = keys.map(nameLock);
      // Until the answer says which locks are held, assume all of them.
      let got: readonly string[] = locks;
      const refuse = async <T>(outcome: T): Promise<T> => {
        await unlock(ask, got);
        return outcome;
      };
      try {
        got = await lock(ask, locks);
        if (got.length < locks.length) {
          // `FOR UPDATE SKIP LOCKED`, because a READ UNCOMMITTED transaction would otherwise see the row of a claim
          // that may still be rolled back, and take it for processed.
          const seen = await ask(
            `SELECT 1 AS seen FROM ${name} WHERE id IN (${marks(keys)}) LIMIT 1 FOR UPDATE SKIP LOCKED`,
            keys,
          );
          return await refuse(seen.rows.length > 0 ? 'duplicate' : 'busy');
        }
        const rows = keys.map(() => '(?)').join(', ');
        const written = readWritten(await ask(`INSERT IGNORE INTO ${name} (id) VALUES ${rows}`, keys));
        if (written !== keys.length) return await refuse('duplicate');
        await ask(`SAVEPOINT ${SAVEPOINT}`);
      } catch (error) {
        await unlock(ask, got).catch(() => undefined);
        throw error;
      }
      return {
        async check() {
          await ask(`RELEASE SAVEPOINT ${SAVEPOINT}`).catch((error: unknown) => {
            throw isNoSavepoint(error) ? TX_ERRORS.ended() : error;
          });
        },
        release: () => unlock(ask, got),
      };
    },

    async find(ask, key, from, to) {
      const { rows } = await ask(
        `SELECT id, UNIX_TIMESTAMP(processed_at) AS at FROM ${name} WHERE id = ? OR (id >= ? AND id < ?) ${COMMITTED_ONLY}`,
        [key, from, to],
      );
      return rows.map((row) => ({ key: readText(row, 'id'), at: new Date(readNumber(row, 'at') * 1000) }));
    },
  };
}
