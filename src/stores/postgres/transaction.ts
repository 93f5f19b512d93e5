import { TX_ERRORS, LedgerError } from '../ledger-error.js';
import { listStatements, readControl, type StatementWords, type TransactionControl } from '../sql/statements.js';
import type { PgConnection } from './connection.js';
import {
  listResults,
  readSqlState,
  type PgCallback,
  type PgClientLike,
  type PgQueryConfig,
  type PgResult,
} from './client.js';

/** Modes of a nested BEGIN that the callback's transaction already has. */
const HARMLESS_MODES = new Set(['work', 'transaction', 'isolation', 'level', 'read', 'committed', 'write']);
const ENDINGS = new Set(['BEGIN', 'START', 'COMMIT']);

/** A text that was analysed before it is sent. */
interface ReadText {
  readonly text: string;
  /** How many of its statements answer `ROLLBACK` because they go back to a savepoint. */
  readonly rollbacksTo: number;
}

/** The handler's `tx`: the ledger's connection while the work runs, and closed afterwards. */
export class PgTransaction implements PgClientLike {
  readonly #connection: PgConnection;
  readonly #xid: string;
  readonly #running = new Set<Promise<unknown>>();
  #last: Promise<unknown> = Promise.resolve();
  #depth = 0;
  #over = false;
  #left = false;
  #isInDoubt = false;

  /** @param xid - the number of the transaction that holds the claim. */
  constructor(connection: PgConnection, xid: string) {
    this.#connection = connection;
    this.#xid = xid;
  }

  readonly query = ((
    statement: string | PgQueryConfig,
    values?: unknown[] | PgCallback,
    callback?: PgCallback,
  ): Promise<PgResult> | void => {
    const inConfig = (Object(statement) as { callback?: unknown }).callback;
    const heard = [callback, values, inConfig].find((given) => typeof given === 'function') as PgCallback | undefined;
    const answer = this.#queue(statement, Array.isArray(values) ? values : undefined);
    this.#running.add(answer);
    // This also handles the rejection of a statement that nobody awaits, which would end the process.
    const forget = (): unknown => this.#running.delete(answer);
    answer.then(forget, forget);
    if (heard === undefined) return answer;
    answer.then(
      (result) => heard(null, result),
      (error: Error) => heard(error),
    );
  }) as PgClientLike['query'];

  /** Closes `tx`. Returns `true` when statements that the handler did not await are still running. */
  end(): boolean {
    this.#over = true;
    return this.#running.size > 0;
  }

  /** Waits until no statement runs. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** @throws LedgerError when the work must not be committed. */
  assertWhole(): void {
    if (this.#left) throw TX_ERRORS.ended();
    if (this.#depth > 0)
      throw new LedgerError('tx_failed', 'The handler ended within a nested transaction: nothing was credited.');
  }

  /** Runs statements one after the other; sends each once the one before is known to have stayed inside the transaction. */
  async #queue(statement: string | PgQueryConfig, values: unknown[] | undefined): Promise<PgResult> {
    const read = this.#read(statement);
    const isIdle = this.#running.size === 0;
    const answer = isIdle
      ? this.#send(statement, read, values)
      : this.#last.then(() => this.#send(statement, read, values));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #read(statement: string | PgQueryConfig): ReadText {
    if (this.#left) throw TX_ERRORS.ended();
    if (this.#over) throw TX_ERRORS.over();
    const text = typeof statement === 'string' ? statement : statement?.text;
    if (typeof text !== 'string' || 'submit' in Object(statement))
      throw new LedgerError(
        'tx_refused',
        'tx.query takes a text or { text, values }, with a callback or a promise; cursors and streams are not supported.',
      );
    const statements = listStatements(text, 'postgres');
    const controls = statements.map((words) => readControl(words, 'postgres'));
    const [only] = statements;
    if (only !== undefined && statements.length === 1 && controls[0] !== undefined)
      return this.#nest(text, only, controls[0]);
    if (!controls.every((control) => control === 'none' || control === 'rollback_to')) throw TX_ERRORS.control();
    return { text, rollbacksTo: controls.filter((control) => control === 'rollback_to').length };
  }

  /** Turns an ORM's nested transaction into a savepoint. */
  #nest(text: string, words: StatementWords, control: TransactionControl): ReadText {
    if (control === 'none' || control === 'rollback_to')
      return { text, rollbacksTo: control === 'rollback_to' ? 1 : 0 };
    if (control === 'begin') {
      if (!words.slice(1).every((word) => HARMLESS_MODES.has(word)))
        throw new LedgerError(
          'tx_refused',
          'A nested transaction is a savepoint of the callback’s own, which is READ COMMITTED and READ WRITE: it cannot have other modes.',
        );
      this.#depth += 1;
      return { text: `SAVEPOINT kiip_s2s_${this.#depth}`, rollbacksTo: 0 };
    }
    if (this.#depth === 0 || words[0] === 'prepare') throw TX_ERRORS.control();
    const savepoint = `kiip_s2s_${this.#depth}`;
    this.#depth -= 1;
    if (control === 'commit') return { text: `RELEASE SAVEPOINT ${savepoint}`, rollbacksTo: 0 };
    return { text: `ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`, rollbacksTo: 1 };
  }

  async #send(
    statement: string | PgQueryConfig,
    { text, rollbacksTo }: ReadText,
    values: unknown[] | undefined,
  ): Promise<PgResult> {
    if (this.#isInDoubt && !this.#left) await this.#lookAgain();
    if (this.#left) throw TX_ERRORS.ended();
    if (!this.#connection.usable) throw TX_ERRORS.over();
    const config = typeof statement === 'string' ? text : { ...statement, text, callback: undefined };
    let results: PgResult[] = [];
    try {
      const answer = await this.#connection.query(config as string, values);
      results = listResults(answer);
      return answer as PgResult;
    } catch (error) {
      // The error arrives before the server reports the state of the transaction.
      this.#isInDoubt = true;
      throw error;
    } finally {
      this.#notice(results, rollbacksTo);
    }
  }

  /** Asks the server which transaction this is. If the question fails, the transaction has failed too, and is still ours. */
  async #lookAgain(): Promise<void> {
    this.#isInDoubt = false;
    try {
      const answer = await this.#connection.query('SELECT pg_current_xact_id_if_assigned()::text AS xid');
      if (listResults<{ xid: string | null }>(answer)[0]?.rows[0]?.xid !== this.#xid) this.#leave();
    } catch (error) {
      if (readSqlState(error) !== '25P02') throw error;
    }
  }

  /** Checks that the transaction is still ours. If it is not, destroys the connection, so nothing more is credited. */
  #notice(results: readonly PgResult[], rollbacksTo: number): void {
    const commands = results.map((result) => result?.command);
    const rollbacks = commands.filter((command) => command === 'ROLLBACK').length;
    const isOutside = this.#connection.client.getTransactionStatus?.() === 'I';
    if (!isOutside && rollbacks <= rollbacksTo && !commands.some((command) => ENDINGS.has(command))) return;
    this.#leave();
  }

  #leave(): void {
    this.#left = true;
    this.#connection.destroy();
  }
}
