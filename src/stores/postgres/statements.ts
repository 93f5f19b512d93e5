import { createHash } from 'node:crypto';
import { buildClaim, buildSeen, type PgTable } from '../sql/postgres-claim.js';
import { quoteLiteral } from '../sql/quote.js';
import type { PgConnection } from './connection.js';
import { readSqlState } from './client.js';

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';
const PREPARED_KEYS = ['$1', '$2'];
/** After so many of them the connection is taken for a pooler's, which hands each transaction to another session. */
const MOST_FORGETTINGS = 2;

/** Fails by dividing by zero when the connection's transaction is not the one that `xid` names. */
const buildGuard = (xid: string): string =>
  `SELECT 1 / (pg_current_xact_id_if_assigned() IS NOT DISTINCT FROM ${xid}::xid8)::int`;

/** A claim's text, and what must be prepared on the connection before it. */
export interface ClaimText {
  readonly text: string;
  readonly isPrepared: boolean;
}

/**
 * The texts of the ledger's two exchanges: BEGIN with the claim, and the guard with COMMIT. Both are prepared once on each connection, since
 * the server takes longer to plan them than to run them. They are prepared by SQL, not by protocol, so that each stays one exchange.
 */
export class PgStatements {
  readonly #table: PgTable;
  readonly #stalledAfterMs: number;
  readonly #claim: string;
  readonly #guard: string;
  readonly #prepare: string;
  readonly #prepared = new WeakSet<object>();
  #forgettings = 0;

  constructor(table: PgTable, stalledAfterMs: number) {
    this.#table = table;
    this.#stalledAfterMs = stalledAfterMs;
    const claim = buildClaim(table, PREPARED_KEYS, stalledAfterMs);
    // Named by what they say: a session that a pooler hands on has what it was prepared with, by whichever process.
    const digest = createHash('sha256').update(claim).digest('hex').slice(0, 16);
    this.#claim = `kiip_s2s_claim_${digest}`;
    this.#guard = `kiip_s2s_guard_${digest}`;
    this.#prepare = `PREPARE ${this.#claim} (text, text) AS ${claim}; PREPARE ${this.#guard} (text) AS ${buildGuard('$1')}`;
  }

  /** Prepares the statements where they are not yet, and says how to claim `keys`: each is one row of the last result when it is ours. */
  async readyClaim(connection: PgConnection, keys: readonly string[], timeoutMs: number): Promise<ClaimText> {
    const literals = keys.map(quoteLiteral);
    const isPrepared = keys.length === PREPARED_KEYS.length && (await this.#isReady(connection, timeoutMs));
    const claim = isPrepared
      ? `EXECUTE ${this.#claim} (${literals.join(', ')})`
      : buildClaim(this.#table, literals, this.#stalledAfterMs);
    return { text: `${BEGIN}; ${claim}`, isPrepared };
  }

  /** Commits the transaction that `xid` names, and no other: when the guard fails the server never reads the COMMIT. */
  buildCommit(xid: string, { isPrepared }: ClaimText): string {
    const guard = isPrepared ? `EXECUTE ${this.#guard} ('${xid}')` : buildGuard(`'${xid}'`);
    return `${guard}; COMMIT`;
  }

  /** Whether one of the keys was processed, as a row of the first result; ends the transaction of the claim that failed. */
  buildRefusal(keys: readonly string[]): string {
    return `${buildSeen(this.#table, keys.map(quoteLiteral))}; ROLLBACK`;
  }

  /** Whether an error means that the connection has lost what was prepared on it; if so it is prepared again, or no more. */
  forgive(connection: PgConnection, error: unknown): boolean {
    if (readSqlState(error) !== '26000') return false;
    this.#prepared.delete(connection.client);
    this.#forgettings += 1;
    return true;
  }

  async #isReady(connection: PgConnection, timeoutMs: number): Promise<boolean> {
    if (this.#forgettings >= MOST_FORGETTINGS) return false;
    if (this.#prepared.has(connection.client)) return true;
    try {
      await connection.ask(this.#prepare, undefined, timeoutMs);
    } catch (error) {
      // Prepared before, by another process through the same pooler.
      if (readSqlState(error) !== '42P05') throw error;
      this.#forgettings = MOST_FORGETTINGS;
      return false;
    }
    this.#prepared.add(connection.client);
    return true;
  }
}
