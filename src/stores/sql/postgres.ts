import { TX_ERRORS } from '../ledger-error.js';
import { describeNoTable, describeNoTransaction } from './errors.js';
import type { Claims } from './claims.js';
import { isAborted } from './failures.js';
import {
  MIGRATION_LOCK,
  RESOLVE_SCHEMA,
  buildClaim,
  buildCreateTable,
  buildFind,
  buildSeen,
  type PgTable,
} from './postgres-claim.js';
import { readNumber, readText } from './result.js';

const STALLED_AFTER_MS = 60_000;
const placeholders = (count: number): string[] => Array.from({ length: count }, (_, n) => `$${n + 1}`);

/** Claims with an insert under the key's advisory lock. Can share its table with `postgresLedger`. */
export function postgresClaims(table: string): Claims {
  let home: PgTable | null = null;
  const resolve = async (ask: Parameters<Claims['claim']>[0]): Promise<PgTable> => {
    if (home !== null) return home;
    const [found] = (await ask(RESOLVE_SCHEMA, [table])).rows;
    if (found === undefined) throw describeNoTable();
    home = { schema: readText(found, 'schema'), table };
    return home;
  };
  return {
    hasOneWriter: false,

    async createTable(ask) {
      await ask(MIGRATION_LOCK);
      if ((await ask(RESOLVE_SCHEMA, [table])).rows.length === 0) await ask(buildCreateTable(null, table));
    },

    async assertTransaction(ask) {
      const asked = async (): Promise<string> =>
        readText((await ask('SELECT pg_current_xact_id()::text AS xid')).rows[0], 'xid');
      if ((await asked()) !== (await asked())) throw describeNoTransaction();
    },

    async claim(ask, keys) {
      const name = await resolve(ask);
      const { rows } = await ask(buildClaim(name, placeholders(keys.length), STALLED_AFTER_MS), [...keys]);
      const [first] = rows;
      if (first !== undefined && rows.length === keys.length) {
        const xid = readText(first, 'xid');
        return {
          async check() {
            // Compare the ids here, as text, because an SQL error would be harder to recognise through an ORM.
            const answer = ask('SELECT pg_current_xact_id_if_assigned()::text AS xid').catch((error: unknown) => {
              throw isAborted(error) ? TX_ERRORS.failed() : error;
            });
            const [now] = (await answer).rows;
            if (now === undefined || readText(now, 'xid') !== xid) throw TX_ERRORS.ended();
          },
          release: async () => undefined,
        };
      }
      const ours = new Set(rows.map((row) => readText(row, 'key')));
      const others = keys.filter((key) => !ours.has(key));
      const seen = await ask(buildSeen(name, placeholders(others.length)), others);
      return seen.rows.length > 0 ? 'duplicate' : 'busy';
    },

    async find(ask, key, from, to) {
      const { rows } = await ask(buildFind(await resolve(ask)), [key, from, to]);
      return rows.map((row) => ({ key: readText(row, 'key'), at: new Date(readNumber(row, 'at')) }));
    },
  };
}
