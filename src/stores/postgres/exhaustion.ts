import { warnOnce } from '../../check/warn.js';
import type { PgPoolLike } from './client.js';

/**
 * Notices when running handlers hold every connection of a pool. A handler that asks the pool for another one then
 * waits for itself.
 */
export class PoolWatch {
  readonly #pool: PgPoolLike;
  #held = 0;
  #asking = 0;

  constructor(pool: PgPoolLike) {
    this.#pool = pool;
  }

  /** Counts a connection as held by a handler for as long as `work` takes. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1;
    try {
      return await work();
    } catch (error) {
      this.#warnIfWaiting();
      throw error;
    } finally {
      this.#held -= 1;
    }
  }

  /** Counts the ledger's own wait for a connection. */
  async ask<T>(wait: () => Promise<T>): Promise<T> {
    this.#asking += 1;
    try {
      return await wait();
    } finally {
      this.#asking -= 1;
    }
  }

  /** Describes why the pool may lend nothing. */
  describeWait(ms: number): string {
    const said = `The pool lent no connection to PostgreSQL within ${ms} ms.`;
    return this.#isExhausted() ? `${said} ${this.#describe()}` : said;
  }

  #isExhausted(): boolean {
    return this.#held > 0 && this.#pool.idleCount === 0 && this.#held >= this.#pool.totalCount;
  }

  #describe(): string {
    return `All of its ${this.#held} connections are held by callbacks whose handlers are at work. A handler that uses the pool itself waits for its own connection: write with tx, or raise the pool's max.`;
  }

  /** A handler's error is passed on unchanged, so this warning says what the handler waited for. */
  #warnIfWaiting(): void {
    if (this.#isExhausted() && this.#pool.waitingCount > this.#asking)
      warnOnce(
        'KIIP_POOL_EXHAUSTED',
        `postgresLedger: a handler failed while something waited for the pool. ${this.#describe()}`,
      );
  }
}
