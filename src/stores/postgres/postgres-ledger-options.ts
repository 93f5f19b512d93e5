import { listOptionIssues, refuseOptions } from '../../check/options.js';
import { milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import { isPool } from './client.js';

/** Options of `postgresLedger`. */
export interface PostgresLedgerOptions {
  /**
   * Name of the table, taken literally (quoted): it is case-sensitive, and a dot does not separate a schema.
   *
   * @defaultValue `'kiip_s2s_callbacks'`
   */
  readonly table?: string | undefined;
  /**
   * Name of the schema that holds the table, taken literally.
   *
   * @defaultValue the schema in which the first connection's `search_path` finds the table; it is looked up once
   */
  readonly schema?: string | undefined;
  /**
   * Milliseconds of silence, or of one running statement, after which the server itself ends a worker's transaction. This frees the
   * callback of a worker that stalled without dying. Must exceed the receiver's `handlerTimeoutMs`. Limits that the connection already
   * has (`idle_in_transaction_session_timeout`, `statement_timeout`) stay.
   *
   * @defaultValue `60_000`
   */
  readonly stalledAfterMs?: number | undefined;
}

export const DEFAULT_TABLE = 'kiip_s2s_callbacks';
export const DEFAULT_STALLED_AFTER_MS = 60_000;

/** PostgreSQL silently cuts names at 63 bytes, so two long names could mean the same table. */
export const identifier = () =>
  z.optional(
    z.custom<string>(
      (name) =>
        name === undefined ||
        (typeof name === 'string' && name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 63),
      'must be a name of 1 to 63 bytes',
    ),
  );

const SCHEMA = z.strictObject({ table: identifier(), schema: identifier(), stalledAfterMs: milliseconds(1) });

/**
 * Checks a pool and its options together.
 *
 * @throws KiipConfigError with every problem.
 */
export function checkPostgresOptions(pool: unknown, options: unknown): void {
  checkPoolAndOptions('postgresLedger', SCHEMA, pool, options);
}

/**
 * Checks a pool and its options together.
 *
 * @throws KiipConfigError with every problem.
 */
export function checkPoolAndOptions(
  where: string,
  schema: Parameters<typeof listOptionIssues>[0],
  pool: unknown,
  options: unknown,
): void {
  const poolIssue = {
    path: 'pool',
    message: 'must be a Pool of the package pg (8 or later); a single Client has no connections to lend',
  };
  refuseOptions(where, [...(isPool(pool) ? [] : [poolIssue]), ...listOptionIssues(schema, options)]);
}
