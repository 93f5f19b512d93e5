import { lastResult, qualified, quoteIdentifier, type PgPoolLike, type PgTableName } from './client.js';
import { PgConnection } from './connection.js';

/** Any number that all versions of this package share: migrations wait for each other, not for anything else. */
const MIGRATION_LOCK = '7526466502109135451';
const MIGRATION_TIMEOUT_MS = 30_000;

/** `CREATE … IF NOT EXISTS` is not safe when two sessions run it at once, so they take turns. */
export async function migrate(pool: PgPoolLike, name: PgTableName): Promise<void> {
  const connection = await PgConnection.of(pool);
  const schema = name.schema === undefined ? null : quoteIdentifier(name.schema);
  const table = qualified(name);
  const ask = (statement: string, values?: unknown[]): Promise<unknown> =>
    connection.ask(statement, values, MIGRATION_TIMEOUT_MS);
  const exists = async (kind: 'regnamespace' | 'regclass', quoted: string): Promise<boolean> =>
    lastResult<{ found: boolean }>(await ask(`SELECT to_${kind}($1) IS NOT NULL AS found`, [quoted])).rows[0]?.found ===
    true;
  try {
    await ask('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    await ask(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    // Asked first, because IF NOT EXISTS wants the right to create also where there is nothing to create.
    if (schema !== null && !(await exists('regnamespace', schema))) await ask(`CREATE SCHEMA ${schema}`);
    if (!(await exists('regclass', table)))
      await ask(
        `CREATE TABLE ${table} (key text COLLATE "C" PRIMARY KEY, processed_at timestamptz NOT NULL DEFAULT now())`,
      );
    await ask('COMMIT');
    connection.release();
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}
