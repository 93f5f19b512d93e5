import { KiipConfigError } from '../../errors/index.js';
import { listResults, type PgPoolClientLike, type PgPoolLike, type PgResult } from './client.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';

/** One connection of the pool while it is ours: survives being dropped, and goes back exactly once. */
export class PgConnection {
  readonly client: PgPoolClientLike;
  #broken = false;
  #released = false;
  readonly #onError = (): void => {
    this.#broken = true;
  };

  private constructor(client: PgPoolClientLike) {
    this.client = client;
    // A connection that drops between two statements is an `error` event of the client, which would end the process.
    client.on('error', this.#onError);
  }

  /** @param describeWait - what to say when the pool lends nothing in time. */
  static async open(pool: PgPoolLike, describeWait: (ms: number) => string): Promise<PgConnection> {
    const lent = pool.connect();
    let client: PgPoolClientLike;
    try {
      client = await within(lent, STORE_TIMEOUT_MS, describeWait(STORE_TIMEOUT_MS));
    } catch (error) {
      // It may still come, and a pool never gets back what nobody releases.
      lent.then((late) => late.release()).catch(() => undefined);
      throw error;
    }
    if (typeof client?.release !== 'function')
      throw new KiipConfigError('postgresLedger: pool must be a Pool of the package pg: its connect() lent no client.');
    return new PgConnection(client);
  }

  /** Whether statements can still run on it. */
  get usable(): boolean {
    return !this.#broken && !this.#released;
  }

  query(statement: string, values?: unknown[]): Promise<unknown> {
    return values === undefined ? this.client.query(statement) : this.client.query(statement, values);
  }

  /** A text of the ledger itself, which must not hang: a connection that says nothing is given up. One result for each statement. */
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
    this.client.release(destroy);
    // A connection that is thrown away may still report how it ended.
    if (!destroy) this.client.removeListener('error', this.#onError);
  }
}
