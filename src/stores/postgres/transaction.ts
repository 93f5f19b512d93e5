import { LedgerError } from '../ledger-error.js';
import type { PgConnection } from './connection.js';
import type { PgClientLike, PgQueryConfig, PgResult } from './client.js';

// Leading blanks and comments, then a statement that would end or start a transaction; ROLLBACK TO a savepoint is the handler's to use.
const BLANK = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)`;
const CONTROL = new RegExp(
  String.raw`^(?:${BLANK}|;)*(?:begin|start${BLANK}+transaction|commit|end|abort|prepare${BLANK}+transaction|rollback(?!${BLANK}+(?:(?:work|transaction)${BLANK}+)?to\b))\b`,
  'i',
);

/** The handler's `tx`: the ledger's connection for as long as the work runs, and nothing afterwards. */
export class PgTransaction implements PgClientLike {
  readonly #connection: PgConnection;
  readonly #running = new Set<Promise<unknown>>();
  #over = false;

  constructor(connection: PgConnection) {
    this.#connection = connection;
  }

  query<Row = Record<string, unknown>>(statement: string | PgQueryConfig, values?: unknown[]): Promise<PgResult<Row>> {
    const answer = this.#send(statement, values) as Promise<PgResult<Row>>;
    this.#running.add(answer);
    // Also makes sure that a statement nobody awaits cannot end the process by failing.
    const forget = (): unknown => this.#running.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  async #send(statement: string | PgQueryConfig, values?: unknown[]): Promise<unknown> {
    if (this.#over)
      throw new LedgerError(
        'tx_over',
        'tx is over: the handler has returned, failed, or run into its time limit. Nothing was executed.',
      );
    const text = typeof statement === 'string' ? statement : statement?.text;
    if (typeof text !== 'string' || typeof values === 'function' || 'submit' in Object(statement))
      throw new LedgerError(
        'tx_refused',
        'tx.query takes a text or { text, values } and answers with a promise; cursors, streams and callbacks are not supported.',
      );
    if (CONTROL.test(text))
      throw new LedgerError(
        'tx_refused',
        'tx is the transaction of the callback: it begins and ends with the handler. Use SAVEPOINT for parts; throw to undo everything.',
      );
    return this.#connection.query(statement as string, values);
  }

  /** Ends `tx`. Statements that the handler did not wait for are still running if the answer is true. */
  end(): boolean {
    this.#over = true;
    return this.#running.size > 0;
  }

  /** Until no statement runs. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
