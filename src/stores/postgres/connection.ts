import { KiipConfigError } from '../../errors/index.js';
import { listResults, type PgPoolClientLike, type PgPoolLike, type PgResult } from './client.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';

/** A connection borrowed from the pool. It survives being dropped, and is returned exactly once. */
export class PgConnection {
  readonly client: PgPoolClientLike;
  #broken = false;
  #released = false;
  readonly #onError = (): void => {
    this.#broken = true;
  };

  private constructor(client: PgPoolClientLike) {
    this.client = client;
    // When a connection drops between two statements, the client emits `error`, which would end the process.
    client.on('error', this.#onError);
  }

  /** @param describeWait - the message for when the pool lends nothing in time. */
  static async open(pool: PgPoolLike, describeWait: (ms: number) => string): Promise<PgConnection> {
    const lent = pool.connect();
    let client: PgPoolClientLike;
    try {
      client = await within(lent, STORE_TIMEOUT_MS, describeWait(STORE_TIMEOUT_MS));
    } catch (error) {
      // The connection may still arrive: release it, or the pool loses it.
      lent.then((late) => late.release()).catch(() => undefined);
      throw error;
    }
    if (typeof client?.release !== 'function')
      throw new KiipConfigError('The pool must be a Pool of the package pg: its connect() lent no client.');
    return new PgConnection(client);
  }

  /** Whether statements can still run on it. */
  get usable(): boolean {
    return !this.#broken && !this.#released;
  }

  query(statement: string, values?: unknown[]): Promise<unknown> {
    return values === undefined ? this.client.query(statement) : this.client.query(statement, values);
  }

  /** Runs a statement of the ledger itself, which must not hang: gives up a connection that does not answer. Returns one result per statement. */
  async ask<Row>(
    statement: string,
    values?: unknown[],
    timeoutMs: number = STORE_TIMEOUT_MS,
  ): Promise<readonly PgResult<Row>[]> {
    const answer = this.query(statement, values);
    return listResults(
      await within(answer, timeoutMs, `PostgreSQL did not answer within ${Math.round(timeoutMs)} ms.`),
    );
  }

  /** Rolls back and returns the connection. If the ROLLBACK fails, destroys the connection, which rolls back too. */
  async rollback(): Promise<void> {
    try {
      await this.ask('ROLLBACK');
      this.release();
    } catch {
      this.destroy();
    }
  }

  release(): void {
    this.#giveBack({ destroy: this.#broken });
  }

  /** Closes the connection, even with statements running. */
  destroy(): void {
    this.#giveBack({ destroy: true });
  }

  #giveBack({ destroy }: { readonly destroy: boolean }): void {
    if (this.#released) return;
    this.#released = true;
    this.client.release(destroy);
    // A destroyed connection may still emit `error`.
    if (!destroy) this.client.removeListener('error', this.#onError);
  }
}
