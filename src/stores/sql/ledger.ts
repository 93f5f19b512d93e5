import type { Ledger, LedgerEntry, LedgerOutcome } from '../ledger.js';
import { LedgerError } from '../ledger-error.js';
import { listDistinctKeys } from '../keys.js';
import { buildTransactionQuery, readLedgerEntries } from '../transaction-keys.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';
import { Attempt } from './attempt.js';
import type { Ask, Claims } from './claims.js';
import { createClaims } from './create-claims.js';
import { surviveDisconnects } from './driver-client.js';
import { describeNoTable } from './errors.js';
import { isContention, isMissingTable } from './failures.js';
import { checkSqlOptions, type SqlLedgerOptions } from './sql-ledger-options.js';
import { TxGuard } from './raw-client.js';
import { readResult } from './result.js';

/** A {@link Ledger} in the game's own database, with the statement that creates its table. */
export interface SqlLedger<Tx> extends Ledger<Tx> {
  /** Creates the table unless it exists. Call it at every start, from any number of processes at once. */
  createTable(): Promise<void>;
}

const DEFAULT_TABLE = 'kiip_s2s_callbacks';
const CREATE_TIMEOUT_MS = 30_000;
const RETRY_MS = 50;

/**
 * Keeps processed callbacks in the same transaction as the credit, opened by the library you use anyway: Drizzle, Kysely, Knex, TypeORM,
 * Prisma, mysql2, node:sqlite. The claim and everything that the handler writes with `tx` commit together or not at all.
 *
 * `tx` is the value that `transaction` passes to `run`. When it is a driver's own client (of pg, mysql2, node:sqlite, better-sqlite3), it
 * refuses COMMIT and ROLLBACK, and is closed once the handler has settled or reached its time limit. An ORM's transaction is passed on
 * unchanged and cannot be revoked: do not use it after the handler, and do not swallow its errors.
 *
 * @throws KiipConfigError with every problem of the options.
 * @example
 * ```ts
 * import knex, { type Knex } from 'knex';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { sqlLedger } from 'kiip-s2s/sql';
 *
 * const db = knex({ client: 'mysql2', connection: process.env['DATABASE_URL'] ?? '' });
 * const ledger = sqlLedger<Knex.Transaction>({
 *   dialect: 'mysql',
 *   transaction: (run) => db.transaction(run),
 *   query: (tx, text, values) => tx.raw(text, values as string[]),
 * });
 * await ledger.createTable();
 * const receiver = createCallbackReceiver({
 *   secret: process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger,
 *   async onRedemption({ userId, quantity }, { tx }) {
 *     const updated = await tx('players').where({ id: userId }).increment('coins', quantity);
 *     if (updated !== 1) throw new Error('no such player');
 *   },
 * });
 * ```
 */
export function sqlLedger<Tx>(options: SqlLedgerOptions<Tx>): SqlLedger<Tx> {
  checkSqlOptions(options);
  return new SqlClaimLedger(options);
}

class SqlClaimLedger<Tx> implements SqlLedger<Tx> {
  readonly #options: SqlLedgerOptions<Tx>;
  readonly #claims: Claims;
  readonly #inFlight = new Set<string>();
  #isProven = false;

  constructor(options: SqlLedgerOptions<Tx>) {
    this.#options = options;
    this.#claims = createClaims(options.dialect, options.table ?? DEFAULT_TABLE);
  }

  async createTable(): Promise<void> {
    await this.#retry(CREATE_TIMEOUT_MS, (ask) => this.#claims.createTable(ask));
  }

  async run(keys: readonly string[], work: (tx: Tx) => Promise<void>): Promise<LedgerOutcome> {
    // Sort, so that all workers claim in the same order and one of two gets everything.
    const distinct = listDistinctKeys('sqlLedger', keys).sort();
    const attempt = new Attempt<Tx>({
      claims: this.#claims,
      keys: distinct,
      transaction: (run) => this.#options.transaction(run),
      prepare: (tx) => this.#prove(tx),
      ask: (tx) => this.#ask(tx),
      createGuard: (tx) => new TxGuard(tx, this.#options.dialect),
      work: async (tx) => work(tx),
      onHold: () => distinct.forEach((key) => this.#inFlight.add(key)),
      onRelease: () => distinct.forEach((key) => this.#inFlight.delete(key)),
    });
    const isInFlight = (): boolean => distinct.some((key) => this.#inFlight.has(key));
    try {
      return await attempt.run();
    } catch (error) {
      if (attempt.hasWorkFailed) throw error;
      if (isContention(error)) return 'busy';
      if (isMissingTable(error)) throw describeNoTable();
      if (!attempt.isWaiting || !(error instanceof LedgerError && error.code === 'store_timeout')) throw error;
      // In a small pool, this very callback may hold every connection; in SQLite, any callback may be the only writer.
      if (isInFlight() || this.#claims.hasOneWriter) return 'busy';
      throw this.#inFlight.size === 0 ? error : describeExhausted(error);
    }
  }

  async find(transactionId: string): Promise<readonly LedgerEntry[]> {
    const query = buildTransactionQuery(transactionId);
    const { redemptionKey, issuancePrefix, issuanceEnd } = query;
    const rows = await this.#retry(STORE_TIMEOUT_MS, (ask) =>
      this.#claims.find(ask, redemptionKey, issuancePrefix, issuanceEnd),
    );
    return readLedgerEntries(query, rows);
  }

  /** Runs one step in its own transaction; retries while other workers are in the way. */
  async #retry<T>(limitMs: number, step: (ask: Ask) => Promise<T>): Promise<T> {
    const until = performance.now() + limitMs;
    for (;;) {
      try {
        const answers: T[] = [];
        const done = this.#options.transaction(async (tx) => void answers.push(await step(this.#ask(tx))));
        await within(Promise.resolve(done), limitMs, `The database did not answer within ${limitMs} ms.`);
        return answers[0] as T;
      } catch (error) {
        if (isMissingTable(error)) throw describeNoTable();
        if (!isContention(error) || performance.now() > until) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
    }
  }

  #ask(tx: Tx): Ask {
    surviveDisconnects(tx);
    return async (text, values = []) => readResult(await this.#options.query(tx, text, values));
  }

  /**
   * Checks once, before the first claim, that `transaction` really opens a transaction. Otherwise each statement would
   * commit by itself.
   */
  async #prove(tx: Tx): Promise<void> {
    if (this.#isProven) return;
    await this.#claims.assertTransaction(this.#ask(tx));
    this.#isProven = true;
  }
}

/** Adds a hint to a timeout: a handler that asks the pool for another connection may block everyone. */
const describeExhausted = (error: LedgerError): LedgerError =>
  new LedgerError(
    error.code,
    `${error.message} Handlers of other callbacks hold transactions at the moment: one that uses the pool itself waits for its own connection. Write with tx, or enlarge the pool.`,
  );
