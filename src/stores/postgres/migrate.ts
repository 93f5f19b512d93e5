import { KiipConfigError } from '../../errors/index.js';
import { MIGRATION_LOCK, RESOLVE_SCHEMA, buildCreateTable, qualify, type PgTable } from '../sql/postgres-claim.js';
import { quoteIdentifier } from '../sql/quote.js';
import type { PgConnection } from './connection.js';

const MIGRATION_TIMEOUT_MS = 30_000;

/** Builds the CREATE statement of a table. */
export type CreateTable = (name: PgTable) => string;

const createLedgerTable: CreateTable = ({ schema, table }) => buildCreateTable(schema, table);

/** Creates the schema and table unless they exist, and returns the table. Sessions take turns, because concurrent `CREATE … IF NOT EXISTS` can fail. */
export async function migrate(
  connection: PgConnection,
  schema: string | undefined,
  table: string,
  create: CreateTable = createLedgerTable,
): Promise<PgTable> {
  const ask = async <Row>(statement: string, values?: unknown[]): Promise<Row[]> =>
    (await connection.ask<Row>(statement, values, MIGRATION_TIMEOUT_MS)).at(-1)?.rows ?? [];
  const exists = async (kind: 'regnamespace' | 'regclass', quoted: string): Promise<boolean> =>
    (await ask<{ found: boolean }>(`SELECT to_${kind}($1) IS NOT NULL AS found`, [quoted]))[0]?.found === true;
  try {
    await ask('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    await ask(MIGRATION_LOCK);
    const home = schema ?? (await ask<{ schema: string | null }>('SELECT current_schema() AS schema'))[0]?.schema;
    if (home === undefined || home === null)
      throw new KiipConfigError('The connection’s search_path names no schema: set the option schema.');
    // Look first, because IF NOT EXISTS needs the right to create even when nothing is created.
    const found = schema === undefined ? await ask<{ schema: string }>(RESOLVE_SCHEMA, [table]) : [];
    const name = { schema: found[0]?.schema ?? home, table };
    if (!(await exists('regnamespace', quoteIdentifier(name.schema))))
      await ask(`CREATE SCHEMA ${quoteIdentifier(name.schema)}`);
    if (!(await exists('regclass', qualify(name)))) await ask(create(name));
    await ask('COMMIT');
    connection.release();
    return name;
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}
