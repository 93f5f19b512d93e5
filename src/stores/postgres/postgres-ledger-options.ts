import { milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import { checkPoolAndOptions, identifier } from './pool-options.js';

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

const SCHEMA = z.strictObject({ table: identifier(), schema: identifier(), stalledAfterMs: milliseconds(1) });

/** @throws KiipConfigError with every problem. */
export function checkPostgresOptions(pool: unknown, options: unknown): void {
  checkPoolAndOptions('postgresLedger', SCHEMA, pool, options);
}
