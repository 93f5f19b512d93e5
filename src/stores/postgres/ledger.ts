import { createHash } from 'node:crypto';
import type { Ledger, LedgerEntry, LedgerOutcome } from '../ledger.js';
import { buildTransactionQuery, readLedgerEntries } from '../transaction-keys.js';
import { KiipConfigError } from '../../errors/index.js';
import { LedgerError } from '../ledger-error.js';
import { MAX_TIMER_MS, distinctKeys, durationIssues, refuse, type OptionIssue } from '../options.js';
import {
  lastResult,
  qualified,
  quoteLiteral,
  sqlState,
  surviveDisconnects,
  type PgClientLike,
  type PgPoolLike,
  type PgTableName,
} from './client.js';
import { PgConnection } from './connection.js';
import { migrate } from './migrate.js';
import { PgTransaction } from './transaction.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';

/** Options of {@link postgresLedger}. */
export interface PostgresLedgerOptions {
  /**
   * Name of the table, taken literally (quoted): letter case counts and a dot does not separate a schema.
   *
   * @defaultValue `'kiip_s2s_callbacks'`
   */
  table?: string;
  /**
   * Name of the schema that holds the table, taken literally.
   *
   * @defaultValue the first schema of the connection's `search_path`
   */
  schema?: string;
  /**
   * Milliseconds after which the server itself ends the transaction of a worker that is silent, or whose single statement runs, for so long:
   * what frees the callback of a worker that stalled without dying. Must exceed the receiver's `handlerTimeoutMs`. A limit that the
   * connection has already (`idle_in_transaction_session_timeout`, `statement_timeout`) is left as it is.
   *
   * @defaultValue `60_000`
   */
  stalledAfterMs?: number;
}

/** A {@link Ledger} in PostgreSQL, and the statement that makes its table. */
export interface PostgresLedger extends Ledger<PgClientLike> {
  /**
   * Creates the schema (when named) and the table unless they exist. Any number of processes may call it at once, at every start; where
   * both exist it needs no right to create anything.
   */
  migrate(): Promise<void>;
}

const COMMIT_TIMEOUT_MS = 10_000;

/**
 * Remembers processed callbacks in PostgreSQL (13 or later), in one transaction with the credit: the handler's `tx` commits together with
 * the claim or vanishes with it, whatever dies in between. The recommended ledger. Takes a `Pool` of `pg` (8 or later), which stays yours
 * to end; each callback holds one of its connections while its handler runs.
 *
 * Write the credit with `tx`, not with the pool. `tx` refuses COMMIT, ROLLBACK and BEGIN, is dead once the handler has settled or run into its
 * time limit, and an SQL error that the handler swallowed rejects `run`: PostgreSQL has undone the transaction then.
 *
 * @throws KiipConfigError for what is not a pool, or options out of range; names all problems.
 * @example
 * import { Pool } from 'pg';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { postgresLedger } from 'kiip-s2s/postgres';
 *
 * const ledger = postgresLedger(new Pool({ connectionString: process.env.DATABASE_URL }));
 * await ledger.migrate();
 * const receiver = createCallbackReceiver({
 *   secret: process.env.KIIP_APP_SECRET!,
 *   ledger,
 *   async onRedemption({ userId, quantity }, { tx }) {
 *     await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
 *   },
 * });
 */
export function postgresLedger(pool: PgPoolLike, options: PostgresLedgerOptions = {}): PostgresLedger {
  const { table = 'kiip_s2s_callbacks', schema, stalledAfterMs = 60_000 } = options;
  refuse('postgresLedger', [
    ...(typeof pool?.connect === 'function'
      ? []
      : [{ path: 'pool', message: 'must be a Pool of the package pg (8 or later)' }]),
    ...identifierIssues('table', table),
    ...(schema === undefined ? [] : identifierIssues('schema', schema)),
    ...durationIssues('stalledAfterMs', stalledAfterMs, { min: 1, max: MAX_TIMER_MS }),
  ]);
  surviveDisconnects(pool);
  return new PgLedger(pool, { table, schema, stalledAfterMs });
}

/** PostgreSQL cuts names at 63 bytes without saying so: two tables could turn out to be one. */
function identifierIssues(path: string, name: unknown): OptionIssue[] {
  const fine = typeof name === 'string' && name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 63;
  return fine ? [] : [{ path, message: 'must be a name of 1 to 63 bytes' }];
}

/** The transaction that holds every key, or why there is none. */
type Claim = { readonly xid: string } | { readonly refused: 'duplicate' | 'busy' };

class PgLedger implements PostgresLedger {
  readonly #pool: PgPoolLike;
  readonly #name: PgTableName;
  readonly #stalledAfterMs: number;
  readonly #inFlight = new Set<string>();

  constructor(pool: PgPoolLike, options: { table: string; schema: string | undefined; stalledAfterMs: number }) {
    this.#pool = pool;
    this.#name = { table: options.table, schema: options.schema };
    this.#stalledAfterMs = options.stalledAfterMs;
  }

  async migrate(): Promise<void> {
    await migrate(this.#pool, this.#name);
  }

  async run(keys: readonly string[], work: (tx: PgClientLike) => Promise<void>): Promise<LedgerOutcome> {
    // In one order for all, so that of two workers that meet one gets everything.
    const distinct = distinctKeys('postgresLedger', keys).sort();
    const until = performance.now() + STORE_TIMEOUT_MS;
    let connection: PgConnection;
    try {
      connection = await PgConnection.of(this.#pool);
    } catch (error) {
      // Every connection of a small pool can be busy with this very callback.
      if (distinct.some((key) => this.#inFlight.has(key))) return 'busy';
      throw error;
    }
    const claim = await this.#claim(connection, distinct, until);
    if ('refused' in claim) {
      await connection.rollback();
      return claim.refused;
    }
    for (const key of distinct) this.#inFlight.add(key);
    try {
      await perform(connection, work);
      await commit(connection, claim.xid);
    } finally {
      for (const key of distinct) this.#inFlight.delete(key);
    }
    return 'processed';
  }

  async find(transactionId: string): Promise<readonly LedgerEntry[]> {
    const query = buildTransactionQuery(transactionId);
    const connection = await PgConnection.of(this.#pool);
    try {
      const found = await connection.ask(
        `SELECT key, processed_at AS at FROM ${qualified(this.#name)} WHERE key = $1 OR (key >= $2 AND key < $3)`,
        [query.redemptionKey, query.issuancePrefix, query.issuanceEnd],
      );
      connection.release();
      return readLedgerEntries(query, lastResult<{ key: string; at: Date }>(found).rows);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async #claim(connection: PgConnection, keys: string[], until: number): Promise<Claim> {
    const ask = async <Row>(statement: string, values?: unknown[]): Promise<Row[]> =>
      lastResult<Row>(await connection.ask(statement, values, until - performance.now())).rows;
    try {
      const claimed = await ask<{ key: string; xid: string }>(this.#claimSql(keys));
      const [first] = claimed;
      if (first !== undefined && claimed.length === keys.length) return { xid: first.xid };
      // Rows of our own are no news: only the keys that were refused are asked about.
      const ours = new Set(claimed.map(({ key }) => key));
      const seen = await ask(`SELECT 1 FROM ${qualified(this.#name)} WHERE key = ANY ($1::text[]) LIMIT 1`, [
        keys.filter((key) => !ours.has(key)),
      ]);
      return { refused: seen.length > 0 ? 'duplicate' : 'busy' };
    } catch (error) {
      // Destroyed, not rolled back: after a time limit the connection may still be waiting for its answer.
      connection.destroy();
      if (sqlState(error) !== '42P01') throw error;
      throw new KiipConfigError(
        'The table of postgresLedger does not exist: call ledger.migrate() once before the first callback.',
      );
    }
  }

  /**
   * Claims keys without ever waiting for another worker, which a plain insert would do until the other's transaction ends: a row is inserted
   * only where the transaction gets the key's advisory lock, and whoever is at a key has its lock. One row comes back for each key that is
   * ours. One exchange with the BEGIN, hence literals; READ COMMITTED, because the claim must see what others committed until now.
   */
  #claimSql(keys: string[]): string {
    const rows = keys.map((key) => `(${quoteLiteral(key)}, '${this.#lockId(key)}'::bigint)`);
    const limit = (name: string): string =>
      `CASE WHEN current_setting('${name}') = '0' THEN set_config('${name}', '${this.#stalledAfterMs}', true) END`;
    return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
INSERT INTO ${qualified(this.#name)} (key) SELECT key FROM (VALUES ${rows.join(', ')}) AS claim (key, id) WHERE pg_try_advisory_xact_lock(id)
ON CONFLICT (key) DO NOTHING
RETURNING key, pg_current_xact_id()::text AS xid, ${limit('idle_in_transaction_session_timeout')}, ${limit('statement_timeout')}`;
  }

  /**
   * Two keys whose 64 bits collide, with each other or with a lock of the application, are only busy for a moment. The schema is left out:
   * one worker may name it and another find it by its search_path.
   */
  #lockId(key: string): string {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.#name.table, key]))
      .digest();
    return digest.readBigInt64BE().toString();
  }
}

async function perform(connection: PgConnection, work: (tx: PgClientLike) => Promise<void>): Promise<void> {
  const tx = new PgTransaction(connection);
  try {
    await work(tx);
  } catch (error) {
    // A statement that still runs, perhaps waiting for a lock, would hold up the ROLLBACK behind it.
    if (tx.end()) connection.destroy();
    else await connection.rollback();
    throw error;
  }
  if (!tx.end()) return;
  try {
    await within(
      tx.settled(),
      COMMIT_TIMEOUT_MS,
      `Statements that the handler did not wait for ran for ${COMMIT_TIMEOUT_MS} ms more.`,
    );
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/**
 * Commits the transaction that `xid` names, and no other, in one exchange: when the guard fails the server never reads the COMMIT. It fails by
 * dividing by zero when the handler got another transaction in place of ours, and by itself when a statement has failed before.
 */
async function commit(connection: PgConnection, xid: string): Promise<void> {
  const guard = `SELECT 1 / (pg_current_xact_id_if_assigned() IS NOT DISTINCT FROM '${xid}'::xid8)::int; COMMIT`;
  try {
    const { command } = lastResult(await connection.ask(guard, undefined, COMMIT_TIMEOUT_MS));
    if (command !== 'COMMIT')
      throw new LedgerError('tx_failed', `PostgreSQL answered COMMIT with ${command}: nothing was written.`);
  } catch (error) {
    // Without an answer of the server the outcome is unknown: the redelivery finds it out.
    if (sqlState(error) === null) connection.destroy();
    else await connection.rollback();
    throw explained(error);
  }
  connection.release();
}

function explained(error: unknown): unknown {
  const state = sqlState(error);
  if (state === '25P02')
    return new LedgerError(
      'tx_failed',
      'A statement of the handler failed and the handler went on: PostgreSQL undid the transaction, nothing was credited.',
    );
  if (state === '22012')
    return new LedgerError(
      'tx_ended',
      'The handler ended the transaction of the callback itself; that is for the ledger to do.',
    );
  return error;
}
