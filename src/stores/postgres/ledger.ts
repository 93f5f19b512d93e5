import { KiipConfigError } from '../../errors/index.js';
import { listDistinctKeys } from '../keys.js';
import type { Ledger, LedgerEntry, LedgerOutcome } from '../ledger.js';
import { LedgerError, TX_ERRORS } from '../ledger-error.js';
import { RESOLVE_SCHEMA, buildFind, type PgTable } from '../sql/postgres-claim.js';
import { buildTransactionQuery, readLedgerEntries } from '../transaction-keys.js';
import { COMMIT_TIMEOUT_MS, STORE_TIMEOUT_MS, within } from '../within.js';
import { isLost, readSqlState, surviveDisconnects, type PgClientLike, type PgPoolLike } from './client.js';
import { PgConnection } from './connection.js';
import { PoolWatch } from './exhaustion.js';
import { migrate } from './migrate.js';
import {
  DEFAULT_STALLED_AFTER_MS,
  DEFAULT_TABLE,
  checkPostgresOptions,
  type PostgresLedgerOptions,
} from './postgres-ledger-options.js';
import { PgStatements } from './statements.js';
import { PgTransaction } from './transaction.js';

/** A {@link Ledger} in PostgreSQL, with the statement that creates its table. */
export interface PostgresLedger extends Ledger<PgClientLike> {
  /**
   * Creates the schema (when named) and the table unless they exist. Call it at every start, from any number of processes at once. When
   * both exist, it needs no right to create anything.
   */
  migrate(): Promise<void>;
}

/**
 * Keeps processed callbacks in PostgreSQL 13 or later, in one transaction with the credit: the handler's `tx` and the claim commit together
 * or not at all, even when a process dies in between. Takes a `Pool` of `pg` (8 or later), which you end yourself; each callback holds one
 * of its connections while its handler runs. When an ORM owns the connections, use `sqlLedger` of `kiip-s2s/sql`.
 *
 * Write the credit with `tx`, not with the pool. `tx` refuses COMMIT and ROLLBACK; a nested BEGIN becomes a savepoint. It is closed once the
 * handler has settled or reached its time limit. If the handler swallows an SQL error, `run` rejects, because PostgreSQL has aborted the
 * transaction.
 *
 * @throws KiipConfigError with every problem: not a pool, an option out of range or unknown.
 * @example
 * ```ts
 * import { Pool } from 'pg';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { postgresLedger } from 'kiip-s2s/postgres';
 *
 * const ledger = postgresLedger(new Pool({ connectionString: process.env['DATABASE_URL'] }));
 * await ledger.migrate();
 * const receiver = createCallbackReceiver({
 *   secret: process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger,
 *   async onRedemption({ userId, quantity }, { tx }) {
 *     const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
 *     if (rowCount !== 1) throw new Error('no such player');
 *   },
 * });
 * ```
 */
export function postgresLedger(pool: PgPoolLike, options: PostgresLedgerOptions = {}): PostgresLedger {
  checkPostgresOptions(pool, options);
  surviveDisconnects(pool);
  return new PgLedger(pool, options);
}

/** The transaction that holds every key. */
interface Claim {
  readonly connection: PgConnection;
  readonly xid: string;
  readonly commitText: string;
}

type Refused = 'duplicate' | 'busy';

class PgLedger implements PostgresLedger {
  readonly #pool: PgPoolLike;
  readonly #options: PostgresLedgerOptions;
  readonly #watch: PoolWatch;
  readonly #inFlight = new Set<string>();
  #table: PgTable | null = null;
  #statements: PgStatements | null = null;

  constructor(pool: PgPoolLike, options: PostgresLedgerOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#watch = new PoolWatch(pool);
    const { schema, table = DEFAULT_TABLE } = options;
    if (schema !== undefined) this.#table = { schema, table };
  }

  async migrate(): Promise<void> {
    const { schema, table = DEFAULT_TABLE } = this.#options;
    this.#table = await migrate(await this.#connect(), schema, table);
  }

  async run(keys: readonly string[], work: (tx: PgClientLike) => Promise<void>): Promise<LedgerOutcome> {
    // Sort, so that all workers claim in the same order and one of two gets everything.
    const distinct = listDistinctKeys('postgresLedger', keys).sort();
    const claim = await this.#claim(distinct);
    if (claim === 'duplicate' || claim === 'busy') return claim;
    for (const key of distinct) this.#inFlight.add(key);
    try {
      await this.#watch.hold(() => perform(claim, work));
      await commit(claim);
    } finally {
      for (const key of distinct) this.#inFlight.delete(key);
    }
    return 'processed';
  }

  async find(transactionId: string): Promise<readonly LedgerEntry[]> {
    const query = buildTransactionQuery(transactionId);
    const { redemptionKey, issuancePrefix, issuanceEnd } = query;
    return this.#retryLost(async (connection, timeoutMs) => {
      const text = buildFind(this.#table ?? (await this.#resolve(connection, timeoutMs)));
      const [found] = await connection.ask<{ key: string; at: number }>(
        text,
        [redemptionKey, issuancePrefix, issuanceEnd],
        timeoutMs,
      );
      connection.release();
      return readLedgerEntries(
        query,
        (found?.rows ?? []).map(({ key, at }) => ({ key, at: new Date(at) })),
      );
    });
  }

  #connect(): Promise<PgConnection> {
    return this.#watch.ask(() => PgConnection.open(this.#pool, (ms) => this.#watch.describeWait(ms)));
  }

  async #claim(keys: string[]): Promise<Claim | Refused> {
    try {
      return await this.#retryLost((connection, timeoutMs) => this.#claimOn(connection, keys, timeoutMs));
    } catch (error) {
      // In a small pool, this very callback may hold every connection.
      if (error instanceof LedgerError && keys.some((key) => this.#inFlight.has(key))) return 'busy';
      throw error;
    }
  }

  /**
   * Runs one step of the ledger on a connection of the pool, and once more on another one if that connection turns out to be dead. Half of
   * the time is kept for the second try.
   */
  async #retryLost<T>(step: (connection: PgConnection, timeoutMs: number) => Promise<T>): Promise<T> {
    const until = performance.now() + STORE_TIMEOUT_MS;
    for (let left = STORE_TIMEOUT_MS; ; left = until - performance.now()) {
      const connection = await this.#connect();
      try {
        return await step(connection, left / 2);
      } catch (error) {
        // Destroy instead of rolling back: after a time limit the connection may still be waiting for an answer.
        connection.destroy();
        if (!isLost(error) || performance.now() > until - 100) throw describe(error);
      }
    }
  }

  async #claimOn(connection: PgConnection, keys: string[], timeoutMs: number): Promise<Claim | Refused> {
    const table = this.#table ?? (await this.#resolve(connection, timeoutMs));
    const statements = (this.#statements ??= new PgStatements(
      table,
      this.#options.stalledAfterMs ?? DEFAULT_STALLED_AFTER_MS,
    ));
    const claim = await statements.readyClaim(connection, keys, timeoutMs);
    let rows: { key: string; xid: string }[];
    try {
      rows = (await connection.ask<{ key: string; xid: string }>(claim.text, undefined, timeoutMs)).at(-1)?.rows ?? [];
    } catch (error) {
      if (!statements.forgive(connection, claim, error)) throw error;
      await connection.ask('ROLLBACK', undefined, timeoutMs);
      return this.#claimOn(connection, keys, timeoutMs);
    }
    const [first] = rows;
    if (first !== undefined && rows.length === keys.length)
      return { connection, xid: first.xid, commitText: statements.buildCommit(first.xid, claim) };
    // Ask only about the keys that were refused.
    const ours = new Set(rows.map(({ key }) => key));
    const refusal = statements.buildRefusal(keys.filter((key) => !ours.has(key)));
    const [seen] = await connection.ask(refusal, undefined, timeoutMs);
    connection.release();
    return seen?.rows.length === 0 ? 'busy' : 'duplicate';
  }

  /** Finds the table by the connection's `search_path`, once. */
  async #resolve(connection: PgConnection, timeoutMs: number): Promise<PgTable> {
    const { table = DEFAULT_TABLE } = this.#options;
    const [found] = await connection.ask<{ schema: string }>(RESOLVE_SCHEMA, [table], timeoutMs);
    const home = found?.rows[0]?.schema;
    if (home === undefined) throw noTable();
    this.#table = { schema: home, table };
    return this.#table;
  }
}

const noTable = (): KiipConfigError =>
  new KiipConfigError(
    'The table of postgresLedger does not exist: call ledger.migrate() once before the first callback.',
  );

const describe = (error: unknown): unknown => (readSqlState(error) === '42P01' ? noTable() : error);

async function perform({ connection, xid }: Claim, work: (tx: PgClientLike) => Promise<void>): Promise<void> {
  const tx = new PgTransaction(connection, xid);
  try {
    await work(tx);
  } catch (error) {
    // A statement that still runs, perhaps waiting for a lock, would delay the ROLLBACK.
    if (tx.end()) connection.destroy();
    else await connection.rollback();
    throw error;
  }
  try {
    if (tx.end())
      await within(
        tx.settle(),
        COMMIT_TIMEOUT_MS,
        `Statements that the handler did not wait for ran for ${COMMIT_TIMEOUT_MS} ms more.`,
      );
    tx.assertWhole();
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function commit({ connection, commitText }: Claim): Promise<void> {
  try {
    const command = (await connection.ask(commitText, undefined, COMMIT_TIMEOUT_MS)).at(-1)?.command;
    if (command !== 'COMMIT')
      throw new LedgerError('tx_failed', `PostgreSQL answered COMMIT with ${command}: nothing was written.`);
  } catch (error) {
    // Without an answer from the server the outcome is unknown. The redelivery will find out.
    if (readSqlState(error) === null) connection.destroy();
    else await connection.rollback();
    throw explain(error);
  }
  connection.release();
}

function explain(error: unknown): unknown {
  const state = readSqlState(error);
  if (state === '25P02') return TX_ERRORS.failed();
  return state === '22012' ? TX_ERRORS.ended() : error;
}
