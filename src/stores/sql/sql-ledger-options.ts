import { checkOptions } from '../../check/check-options.js';
import * as z from '../../zod.js';
import type { SqlDialect } from './dialect.js';

/** The result of a statement: rows, and how many rows it wrote. */
export interface SqlResult {
  /** The rows that the statement returned; empty for a statement that returns none. */
  readonly rows: readonly unknown[];
  /** How many rows an INSERT wrote. You may leave it out for statements that return rows. */
  readonly rowCount?: number | null | undefined;
}

/** An array of rows, as drivers return it. It may carry `rowCount` or `affectedRows`. */
export type SqlRows = readonly unknown[] & {
  readonly rowCount?: number | null | undefined;
  readonly affectedRows?: number | undefined;
};

/** A driver's result of a statement without rows. */
export interface SqlWritten {
  /** How many rows the statement wrote. */
  readonly affectedRows: number;
}

/**
 * Options of `sqlLedger`.
 *
 * @typeParam Tx - your library's type of a transaction. Pass it: `sqlLedger<Knex.Transaction>({ … })`.
 */
export interface SqlLedgerOptions<Tx> {
  /** The SQL dialect of the database: PostgreSQL 13, MySQL 8 or MariaDB 10.6, SQLite 3.35, or later. */
  readonly dialect: SqlDialect;
  /**
   * Opens a transaction, awaits `run(tx)`, then commits. When `run` rejects, it must roll back and reject. It may wait for a connection; the
   * ledger gives up after 2.5 seconds.
   *
   * @example
   * ```ts
   * import type { Knex } from 'knex';
   * import type { SqlLedgerOptions } from 'kiip-s2s/sql';
   *
   * declare const db: Knex;
   *
   * const transaction: SqlLedgerOptions<Knex.Transaction>['transaction'] = (run) => db.transaction(run);
   * ```
   */
  readonly transaction: (run: (tx: Tx) => Promise<void>) => Promise<unknown>;
  /**
   * Runs one statement in `tx`. Its placeholders are `$1`, `$2` … in the dialect `postgres` and `?` in the others. Resolves with
   * `{ rows, rowCount }`, with an array of rows, or with a driver's `{ affectedRows }`.
   *
   * @example
   * ```ts
   * import type { Knex } from 'knex';
   * import type { SqlLedgerOptions } from 'kiip-s2s/sql';
   *
   * const query: SqlLedgerOptions<Knex.Transaction>['query'] = (tx, text, values) => tx.raw(text, values as string[]);
   * ```
   */
  readonly query: (
    tx: Tx,
    text: string,
    values: unknown[],
  ) => Promise<SqlResult | SqlRows | SqlWritten> | SqlResult | SqlRows | SqlWritten;
  /**
   * Name of the table, taken literally (quoted): it is case-sensitive, and a dot does not separate a schema.
   *
   * @defaultValue `'kiip_s2s_callbacks'`
   */
  readonly table?: string | undefined;
}

const NAME = 'must be a name of 1 to 63 bytes';
const required = (what: string) => z.custom((value) => typeof value === 'function', what);

const SCHEMA = z.strictObject({
  dialect: z.enum(['postgres', 'mysql', 'sqlite'], "must be 'postgres', 'mysql' or 'sqlite'"),
  transaction: required('must be a function that opens a transaction and awaits run(tx) in it'),
  query: required('must be a function that runs one statement: (tx, text, values)'),
  table: z.optional(
    z
      .string(NAME)
      .refine((name) => name !== '' && !name.includes('\0') && new TextEncoder().encode(name).length <= 63, NAME),
  ),
});

/** @throws KiipConfigError with every problem. */
export function checkSqlOptions(options: unknown): void {
  checkOptions('sqlLedger', SCHEMA, options);
}
