import { listOptionIssues, refuseOptions } from '../../check/check-options.js';
import { milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import type { ValidationIssue } from '../../errors/index.js';
import { listDistinctKeys } from '../keys.js';
import { Lease, LeaseKeeper } from '../leases.js';
import type { Ledger, LedgerClaim, LedgerEntry, LedgerOutcome } from '../ledger.js';
import { LedgerError } from '../ledger-error.js';
import { isContention } from '../sql/failures.js';
import { createToken } from '../token.js';
import { buildTransactionQuery, readLedgerEntries } from '../transaction-keys.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';
import { retryBusy } from './busy.js';
import { isDatabase, openDatabase, type SqliteDatabaseLike } from './database.js';
import { SqliteTable } from './table.js';

/** Options of {@link sqliteLedger}. */
export interface SqliteLedgerOptions {
  /**
   * An open database of better-sqlite3, libsql, bun:sqlite or node:sqlite, for a Node without `node:sqlite`. Open it just for the ledger, and
   * close it yourself.
   *
   * @defaultValue the file at `path`, opened by node:sqlite
   */
  readonly database?: SqliteDatabaseLike | undefined;
  /**
   * Milliseconds after which a claim ends without renewal: how long a callback gets a 503 after its worker was killed. Claims are renewed
   * every third of this time while the work runs, so it may be shorter than the receiver's `handlerTimeoutMs`.
   *
   * @defaultValue `30_000`
   */
  readonly leaseMs?: number | undefined;
}

const SCHEMA = z.strictObject({ database: z.optional(z.unknown()), leaseMs: milliseconds(30) });
const TABLE = 'kiip_s2s_ledger';
const RETRY_MARK_MS = 200;

/**
 * Keeps processed callbacks in a SQLite file that every process of one machine can share and that survives restarts. Needs `node:sqlite`
 * (Node 22.13 or later) or an open database in the options.
 *
 * Handlers get no `tx`, because the credit is written elsewhere: when a process dies between the credit and the mark, the redelivery
 * credits again. Make the credit idempotent on `event.dedupKeys`. When the balances are in SQLite too, use `sqlLedger`.
 *
 * @param path - the file. Its folder must exist, on a local disk: WAL does not work over a network.
 * @throws KiipConfigError for options out of range, a path that cannot be opened, or a Node without `node:sqlite`.
 * @example
 * ```ts
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { sqliteLedger } from 'kiip-s2s/sql';
 *
 * // Credits the player in your database, unless it has seen one of the keys before.
 * declare function credit(userId: string, coins: number, dedupKeys: readonly string[]): Promise<void>;
 *
 * const receiver = createCallbackReceiver({
 *   secret: process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger: sqliteLedger('/var/lib/game/kiip.db'),
 *   async onRedemption({ userId, quantity, dedupKeys }) {
 *     await credit(userId, quantity, dedupKeys);
 *   },
 * });
 * ```
 */
export function sqliteLedger(path: string, options: SqliteLedgerOptions = {}): Ledger<undefined> {
  const issues: ValidationIssue[] = [];
  if (typeof path !== 'string' || path === '' || path.startsWith(':memory:'))
    issues.push({ path: 'path', message: 'must be a file; to remember nothing after a restart, use memoryLedger' });
  issues.push(...listOptionIssues(SCHEMA, options));
  const { database } = Object(options) as SqliteLedgerOptions;
  if (database !== undefined && !isDatabase(database))
    issues.push({ path: 'database', message: 'must be an open database of better-sqlite3, libsql or node:sqlite' });
  refuseOptions('sqliteLedger', issues);
  if (database !== undefined) return new SqliteLedger(database, options, () => undefined);
  const opened = openDatabase(path);
  return new SqliteLedger(opened, options, () => void opened.close());
}

class SqliteLedger implements Ledger<undefined> {
  readonly #table: SqliteTable;
  readonly #leaseMs: number;
  readonly #release: () => void;
  readonly #leases: LeaseKeeper;
  readonly #running = new Set<Promise<unknown>>();
  #isReady = false;
  #closing: Promise<void> | null = null;

  constructor(database: SqliteDatabaseLike, { leaseMs = 30_000 }: SqliteLedgerOptions, release: () => void) {
    this.#table = new SqliteTable(database, TABLE);
    this.#leaseMs = leaseMs;
    this.#release = release;
    this.#leases = new LeaseKeeper(leaseMs, ({ keys, token }) =>
      this.#do((table) => table.renew(keys, token, Date.now() + leaseMs)),
    );
  }

  async run(
    given: readonly string[],
    work: (tx: undefined, claim?: LedgerClaim) => Promise<void>,
  ): Promise<LedgerOutcome> {
    const keys = listDistinctKeys('sqliteLedger', given);
    this.#assertOpen();
    return this.#track(this.#process(keys, work));
  }

  async find(transactionId: string): Promise<readonly LedgerEntry[]> {
    this.#assertOpen();
    const query = buildTransactionQuery(transactionId);
    const { redemptionKey, issuancePrefix, issuanceEnd } = query;
    const rows = await this.#do((table) => table.find(redemptionKey, issuancePrefix, issuanceEnd));
    return readLedgerEntries(query, rows);
  }

  /**
   * Waits for running callbacks, whose credits must still be marked; another receiver may share this ledger. Then
   * closes the file that the ledger opened. A database that you passed stays open.
   */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#release());
    return this.#closing;
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new LedgerError('closed', 'The ledger is closed: nothing was processed.');
  }

  async #process(keys: string[], work: (tx: undefined, claim?: LedgerClaim) => Promise<void>): Promise<LedgerOutcome> {
    const token = createToken();
    const claimed = await this.#claim(keys, token);
    if (typeof claimed === 'string') return claimed;
    this.#leases.keep(claimed);
    try {
      await work(undefined, claimed);
    } catch (error) {
      this.#leases.drop(claimed);
      // If the release fails, the claim ends with its lease.
      await this.#do((table) => table.release(keys, token)).catch(() => undefined);
      throw error;
    }
    this.#leases.drop(claimed);
    const answer = await within(
      this.#track(this.#mark(claimed)),
      STORE_TIMEOUT_MS,
      `The file could not be written for ${STORE_TIMEOUT_MS} ms. The handler's work is done; marking it is still being tried.`,
    );
    if (answer === 'done') return 'processed';
    throw new LedgerError(
      'claim_lost',
      "This worker stalled for longer than its lease and another one took the callback over: the handler's work was not marked as processed.",
    );
  }

  async #claim(keys: string[], token: string): Promise<Lease | 'duplicate' | 'busy'> {
    try {
      let lease = new Lease(keys, token, 0);
      const answer = await this.#do((table) => {
        lease = new Lease(keys, token, performance.now() + this.#leaseMs);
        return table.claim(keys, token, Date.now() + this.#leaseMs);
      });
      return answer === 'claimed' ? lease : answer;
    } catch (error) {
      if (isContention(error)) return 'busy';
      throw error;
    }
  }

  /** Marks the keys as processed. The work is done, so losing the mark would mean a second credit: it retries until the lease ends. */
  async #mark({ keys, token, endsAt }: Lease): Promise<'done' | 'lost'> {
    for (;;) {
      try {
        return await this.#do((table) => table.commit(keys, token));
      } catch (error) {
        if (performance.now() + RETRY_MARK_MS > endsAt) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MARK_MS));
    }
  }

  /** Makes `close` wait for `running`. */
  async #track<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Runs one step on the file; retries while other processes write. */
  #do<T>(step: (table: SqliteTable) => T): Promise<T> {
    return retryBusy(performance.now() + STORE_TIMEOUT_MS, () => {
      if (!this.#isReady) this.#table.create();
      this.#isReady = true;
      return step(this.#table);
    });
  }
}
