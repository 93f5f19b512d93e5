import type { PgPoolClientLike, PgPoolLike } from './client.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';

/** One connection of the pool while it is ours: survives being dropped, and goes back exactly once. */
export class PgConnection {
  readonly #client: PgPoolClientLike;
  #broken = false;
  #released = false;
  readonly #onError = (): void => {
    this.#broken = true;
  };

  private constructor(client: PgPoolClientLike) {
    this.#client = client;
    // A connection that drops between two statements is an `error` event of the client, which would end the process.
    client.on('error', this.#onError);
  }

  static async of(pool: PgPoolLike): Promise<PgConnection> {
    const lent = pool.connect();
    try {
      return new PgConnection(
        await within(
          lent,
          STORE_TIMEOUT_MS,
          `The pool lent no connection to PostgreSQL within ${STORE_TIMEOUT_MS} ms.`,
        ),
      );
    } catch (error) {
      // It may still come, and a pool never gets back what nobody releases.
      lent.then((late) => late.release()).catch(() => undefined);
      throw error;
    }
  }

  query(statement: string, values?: unknown[]): Promise<unknown> {
    return values === undefined ? this.#client.query(statement) : this.#client.query(statement, values);
  }

  /** A statement of the ledger itself, which must not hang: a connection that says nothing is given up. */
  async ask(statement: string, values?: unknown[], timeoutMs: number = STORE_TIMEOUT_MS): Promise<unknown> {
    return within(this.query(statement, values), timeoutMs, `PostgreSQL did not answer within ${timeoutMs} ms.`);
  }

  /** Undoes the transaction and gives the connection back; one that cannot say so is thrown away, which undoes it as well. */
  async rollback(): Promise<void> {
    try {
      await this.ask('ROLLBACK');
      this.release();
    } catch {
      this.destroy();
    }
  }

  release(): void {
    this.#giveBack(this.#broken);
  }

  /** Closes the connection, whatever runs on it. */
  destroy(): void {
    this.#giveBack(true);
  }

  #giveBack(destroy: boolean): void {
    if (this.#released) return;
    this.#released = true;
    this.#client.release(destroy);
    // A connection that is thrown away may still report how it ended.
    if (!destroy) this.#client.removeListener('error', this.#onError);
  }
}
