import { KiipConfigError } from '../../errors/index.js';
import { refuseOptions } from '../../check/check-options.js';

/** The part of a prepared statement that is used. */
export interface SqliteStatementLike {
  run(...values: (string | number | null)[]): unknown;
  all(...values: (string | number | null)[]): unknown[];
}

/**
 * The part of an open database of node:sqlite (`DatabaseSync`), better-sqlite3, libsql or bun:sqlite that is used. Open one just for the
 * ledger, which begins transactions and sets `busy_timeout` on it.
 */
export interface SqliteDatabaseLike {
  exec(text: string): unknown;
  prepare(text: string): SqliteStatementLike;
  close(): unknown;
}

type DatabaseClass = new (path: string) => SqliteDatabaseLike;

/** Whether a value is an open database, by running a query. */
export function isDatabase(value: unknown): value is SqliteDatabaseLike {
  try {
    const rows: unknown = (value as SqliteDatabaseLike).prepare('SELECT 1 AS one').all();
    // Some databases are configured to return bigints.
    return Array.isArray(rows) && Number((rows[0] as { one?: unknown } | undefined)?.one) === 1;
  } catch {
    return false;
  }
}

/** Finds Node's own SQLite, or `null` when this version of Node lacks it. It is not imported, so that this module also loads on Node 20. */
function findNodeSqlite(): DatabaseClass | null {
  const { getBuiltinModule } = process as {
    getBuiltinModule?: (name: string) => { DatabaseSync: DatabaseClass } | undefined;
  };
  return getBuiltinModule?.('node:sqlite')?.DatabaseSync ?? null;
}

/** @throws KiipConfigError when this version of Node has no SQLite, or the file cannot be opened. */
export function openDatabase(path: string): SqliteDatabaseLike {
  const DatabaseSync = findNodeSqlite();
  if (DatabaseSync === null)
    throw new KiipConfigError(
      'sqliteLedger needs node:sqlite (Node 22.13 or later), or an open database of better-sqlite3 or libsql in the option database.',
    );
  try {
    return new DatabaseSync(path);
  } catch {
    return refuseOptions('sqliteLedger', [
      { path: 'path', message: 'must be a file that can be opened for writing, in a folder that exists' },
    ]) as never;
  }
}
