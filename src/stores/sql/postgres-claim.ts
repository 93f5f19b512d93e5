// The statements of both PostgreSQL ledgers, so that they can share a table.
import { quoteIdentifier, quoteLiteral } from './quote.js';

/** The full name of the table. It is looked up once, so a later change of `search_path` does not matter. */
export interface PgTable {
  readonly schema: string;
  readonly table: string;
}

export const qualify = ({ schema, table }: PgTable): string => `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;

/** $1: the table's name. Finds the schema by the `search_path`. Ignores temporary tables, which belong to one connection. */
export const RESOLVE_SCHEMA = `SELECT n.nspname AS schema FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false))
ORDER BY array_position(current_schemas(false), n.nspname) LIMIT 1`;

/**
 * Builds a claim that never waits for another worker; a plain insert would wait until the other's transaction ends. Every worker locks a
 * key with an advisory lock, and rows are inserted only when the transaction gets every lock. It tries the locks in order up to the first
 * that is held, so one of two workers gets everything. The result has one row per claimed key. When the 64 bits of two keys collide, with
 * each other or with a lock of the application, the callback is just busy for a moment.
 *
 * @param keys - one SQL expression for each key: a parameter or a literal.
 * @param stalledAfterMs - milliseconds after which the server ends the transaction of a silent worker, unless the connection already has such limits.
 */
export function buildClaim(table: PgTable, keys: readonly string[], stalledAfterMs: number): string {
  const rows = keys.map((key) => `(${key}::text)`).join(', ');
  const seed = `hashtext(${quoteLiteral(JSON.stringify([table.schema, table.table]))})`;
  const limit = (name: string): string =>
    `CASE WHEN current_setting('${name}') = '0' THEN set_config('${name}', '${stalledAfterMs}', true) END`;
  // Never NULL, so always true: it is there for what it sets.
  const limits = `concat(${limit('idle_in_transaction_session_timeout')}, ${limit('statement_timeout')}) IS NOT NULL`;
  const locks = keys.reduceRight(
    (rest, key) =>
      `CASE WHEN pg_try_advisory_xact_lock(hashtextextended(${key}::text, ${seed})) THEN ${rest} ELSE false END`,
    limits,
  );
  // A subquery runs once; the bare condition would lock and set everything again for each key.
  return `INSERT INTO ${qualify(table)} (key) SELECT key FROM (VALUES ${rows}) AS claim (key) WHERE (SELECT ${locks})
ON CONFLICT (key) DO NOTHING RETURNING key, pg_current_xact_id()::text AS xid`;
}

/** Builds the query for whether any of the keys was processed. */
export function buildSeen(table: PgTable, keys: readonly string[]): string {
  return `SELECT 1 AS seen FROM ${qualify(table)} WHERE key IN (${keys.join(', ')}) LIMIT 1`;
}

/** $1: the redemption's key, $2 and $3: the range of the issuances'. */
export function buildFind(table: PgTable): string {
  return `SELECT key, (extract(epoch FROM processed_at) * 1000)::float8 AS at FROM ${qualify(table)}
WHERE key = $1 OR (key >= $2 AND key < $3)`;
}

/**
 * Makes migrations wait for each other. The number is arbitrary; all versions of this package share it. Cast to text, because Prisma
 * cannot read a column of type `void`.
 */
export const MIGRATION_LOCK = 'SELECT pg_advisory_xact_lock(7526466502109135451)::text AS locked';

/**
 * Creates the table; a `schema` of `null` means the first of the `search_path`. Uses IF NOT EXISTS, because the
 * caller's check may have read an older snapshot (REPEATABLE READ) and missed another process's table.
 */
export function buildCreateTable(schema: string | null, table: string): string {
  const name = schema === null ? quoteIdentifier(table) : qualify({ schema, table });
  return `CREATE TABLE IF NOT EXISTS ${name} (key text COLLATE "C" PRIMARY KEY, processed_at timestamptz NOT NULL DEFAULT now())`;
}
