import { createHash } from 'node:crypto';
import { buildClaim, buildSeen, type PgTable } from '../sql/postgres-claim.js';
import { quoteLiteral } from '../sql/quote.js';
import type { PgConnection } from './connection.js';
import { readSqlState } from './client.js';

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';
const PREPARED_KEYS = ['$1', '$2'];
/** The SQLSTATEs for a prepared statement that the session has forgotten, or whose table was altered since. */
const LOST_STATEMENT = new Set(['26000', '0A000']);
/** After this many lost statements, assume a pooler that gives each transaction another session. */
const MOST_FORGETTINGS = 2;

/** Builds a statement without columns that divides by zero, and so fails, unless the connection is in transaction `xid`. */
const buildGuard = (xid: string): string =>
  `SELECT WHERE 1 / (pg_current_xact_id_if_assigned() IS NOT DISTINCT FROM ${xid}::xid8)::int = 1`;

/** The text of a claim, and whether it runs prepared statements. */
export interface ClaimText {
  readonly text: string;
  readonly isPrepared: boolean;
}

/** The claims that each connection has prepared. Shared, because two ledgers over one pool and table name theirs alike. */
const prepared = new WeakMap<object, Set<string>>();

/**
 * The texts of the ledger's two round trips: BEGIN with the claim, and the guard with COMMIT. Both are prepared once
 * per connection, because planning them takes longer than running them. They use PREPARE of SQL rather than of the
 * protocol, so that each stays one round trip.
 */
export class PgStatements {
  readonly #table: PgTable;
  readonly #stalledAfterMs: number;
  readonly #claim: string;
  readonly #guard: string;
  readonly #prepare: string;
  #forgettings = 0;

  constructor(table: PgTable, stalledAfterMs: number) {
    this.#table = table;
    this.#stalledAfterMs = stalledAfterMs;
    const claim = buildClaim(table, PREPARED_KEYS, stalledAfterMs);
    // Named by a digest of the texts: a session from a pooler may hold statements that another process prepared.
    const digest = createHash('sha256')
      .update(claim + buildGuard('$1'))
      .digest('hex')
      .slice(0, 16);
    this.#claim = `kiip_s2s_claim_${digest}`;
    this.#guard = `kiip_s2s_guard_${digest}`;
    this.#prepare = `PREPARE ${this.#claim} (text, text) AS ${claim}; PREPARE ${this.#guard} (text) AS ${buildGuard('$1')}`;
  }

  /**
   * Builds the claim of `keys`; prepares its statements first if the connection lacks them. The last result of the
   * claim has one row per claimed key.
   */
  async readyClaim(connection: PgConnection, keys: readonly string[], timeoutMs: number): Promise<ClaimText> {
    const isPrepared =
      keys.length === PREPARED_KEYS.length &&
      this.#forgettings < MOST_FORGETTINGS &&
      (prepared.get(connection.client)?.has(this.#claim) === true || (await this.#prepareOn(connection, timeoutMs)));
    const literals = keys.map(quoteLiteral);
    const claim = isPrepared
      ? `EXECUTE ${this.#claim} (${literals.join(', ')})`
      : buildClaim(this.#table, literals, this.#stalledAfterMs);
    return { text: `${BEGIN}; ${claim}`, isPrepared };
  }

  /** Commits transaction `xid` and no other: when the guard fails, the server does not run the COMMIT. */
  buildCommit(xid: string, { isPrepared }: ClaimText): string {
    const guard = isPrepared ? `EXECUTE ${this.#guard} ('${xid}')` : buildGuard(`'${xid}'`);
    return `${guard}; COMMIT`;
  }

  /** Ends the transaction of a failed claim. The first result has a row when one of the keys was processed. */
  buildRefusal(keys: readonly string[]): string {
    return `${buildSeen(this.#table, keys.map(quoteLiteral))}; ROLLBACK`;
  }

  /** Whether a claim failed because its prepared statement was lost. If so, prepares it again, or stops preparing after too many losses. */
  forgive(connection: PgConnection, { isPrepared }: ClaimText, error: unknown): boolean {
    if (!isPrepared || !LOST_STATEMENT.has(readSqlState(error) ?? '')) return false;
    prepared.get(connection.client)?.delete(this.#claim);
    this.#forgettings += 1;
    return true;
  }

  /** Prepares the statements on a connection, and says whether they can be used. */
  async #prepareOn(connection: PgConnection, timeoutMs: number): Promise<boolean> {
    try {
      await connection.ask(this.#prepare, undefined, timeoutMs);
    } catch (error) {
      // The name is taken: by another process through the same pooler, or by a statement whose table was altered.
      if (readSqlState(error) !== '42P05') throw error;
      this.#forgettings = MOST_FORGETTINGS;
      return false;
    }
    const names = prepared.get(connection.client) ?? new Set();
    prepared.set(connection.client, names.add(this.#claim));
    return true;
  }
}
