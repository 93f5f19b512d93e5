import { KiipConfigError } from '../../errors/index.js';
import { RESOLVE_SCHEMA, qualify, type PgTable } from '../sql/postgres-claim.js';
import { STORE_TIMEOUT_MS } from '../within.js';
import { isLost, readSqlState, surviveDisconnects, type PgPoolLike } from './client.js';
import { PgConnection } from './connection.js';
import { migrate, type CreateTable } from './migrate.js';

/** A store's table and its place. */
export interface StoredTablePlan {
  /** The name of the store's factory, for messages. */
  readonly store: string;
  readonly schema: string | undefined;
  readonly table: string;
  readonly create: CreateTable;
}

/** A table of this package: runs single statements on any connection of the pool. */
export class StoredTable {
  readonly #pool: PgPoolLike;
  readonly #plan: StoredTablePlan;
  #name: PgTable | null = null;

  constructor(pool: PgPoolLike, plan: StoredTablePlan) {
    surviveDisconnects(pool);
    this.#pool = pool;
    this.#plan = plan;
    if (plan.schema !== undefined) this.#name = { schema: plan.schema, table: plan.table };
  }

  async migrate(): Promise<void> {
    const { schema, table, create } = this.#plan;
    this.#name = await migrate(await this.#connect(), schema, table, create);
  }

  /** Runs one statement that is safe to repeat: again on another connection when the first one turns out to be dead. */
  async ask<Row>(build: (table: string) => string, values: unknown[]): Promise<readonly Row[]> {
    try {
      return await this.askOnce<Row>(build, values);
    } catch (error) {
      if (!isLost(error)) throw error;
      return this.askOnce<Row>(build, values);
    }
  }

  /** Runs one statement. If the connection drops, it is unknown whether the statement took effect. */
  async askOnce<Row>(build: (table: string) => string, values: unknown[]): Promise<readonly Row[]> {
    const connection = await this.#connect();
    try {
      const name = qualify(await this.#resolve(connection));
      const [result] = await connection.ask<Row>(build(name), values, STORE_TIMEOUT_MS / 2);
      connection.release();
      return result?.rows ?? [];
    } catch (error) {
      // Destroy it unless the server answered: after a time limit the connection may still be waiting for an answer.
      if (readSqlState(error) === null && !(error instanceof KiipConfigError)) connection.destroy();
      else connection.release();
      throw readSqlState(error) === '42P01' ? this.#describeMissing() : error;
    }
  }

  #connect(): Promise<PgConnection> {
    return PgConnection.open(this.#pool, (ms) => `The pool lent no connection to PostgreSQL within ${ms} ms.`);
  }

  async #resolve(connection: PgConnection): Promise<PgTable> {
    if (this.#name !== null) return this.#name;
    const { table } = this.#plan;
    const [found] = await connection.ask<{ schema: string }>(RESOLVE_SCHEMA, [table]);
    const schema = found?.rows[0]?.schema;
    if (schema === undefined) throw this.#describeMissing();
    this.#name = { schema, table };
    return this.#name;
  }

  #describeMissing(): KiipConfigError {
    return new KiipConfigError(`The table of ${this.#plan.store} does not exist: call its migrate() once at start.`);
  }
}
