import { KiipConfigError } from '../../errors/index.js';

/** What a statement answers; the shape of `pg`'s results. */
export interface PgResult<Row = Record<string, unknown>> {
  readonly rows: Row[];
  readonly rowCount: number | null;
  /** The statement's kind as the server named it: `UPDATE`, `COMMIT`. */
  readonly command: string;
}

/** A statement with its parameters, as `pg` takes it. */
export interface PgQueryConfig {
  text: string;
  values?: unknown[];
  name?: string;
}

/** What `pg` calls back with: an error, or `null` and the result. */
export type PgCallback<Row = Record<string, unknown>> = (error: Error | null, result?: PgResult<Row>) => void;

/**
 * Runs statements inside the callback's own transaction: what a handler gets as `tx`. `query` is `pg`'s, with promises or with a callback,
 * so `tx` serves as the client of query builders. Their BEGIN and COMMIT become a savepoint.
 */
export interface PgClientLike {
  query<Row = Record<string, unknown>>(statement: string | PgQueryConfig, values?: unknown[]): Promise<PgResult<Row>>;
  query<Row = Record<string, unknown>>(statement: string | PgQueryConfig, callback: PgCallback<Row>): void;
  query<Row = Record<string, unknown>>(
    statement: string | PgQueryConfig,
    values: unknown[],
    callback: PgCallback<Row>,
  ): void;
}

/** What is used of a client that a pool of `pg` lends out. */
export interface PgPoolClientLike {
  query(statement: string, values?: unknown[]): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
  /** `I` outside a transaction, `T` inside, `E` inside a failed one. Newer versions of `pg` have it. */
  getTransactionStatus?(): string | null;
}

/** What is used of a `Pool` of `pg`, version 8 or later. A single `Client`, or one that a pool lent, is not a pool. */
export interface PgPoolLike {
  connect(): Promise<PgPoolClientLike>;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  /** How many connections the pool holds. */
  readonly totalCount: number;
  /** How many of them nobody uses. */
  readonly idleCount: number;
  /** How many requests wait for one. */
  readonly waitingCount: number;
}

/** Whether a value keeps the contract of a pool: it lends connections and counts them. `pg`'s single clients have a `connect` too. */
export function isPool(value: unknown): value is PgPoolLike {
  const { connect, totalCount, idleCount, waitingCount } = Object(value) as Partial<Record<keyof PgPoolLike, unknown>>;
  return typeof connect === 'function' && [totalCount, idleCount, waitingCount].every(Number.isInteger);
}

/** The results of one text: `pg` answers several statements with one result each. */
export function listResults<Row>(answer: unknown): PgResult<Row>[] {
  return (Array.isArray(answer) ? answer : [answer]) as PgResult<Row>[];
}

/** The five characters by which PostgreSQL names an error, if it is one of its own. */
export function readSqlState(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Whether an error says that the connection is gone, so that another one may do. */
export function isLost(error: unknown): boolean {
  if (error instanceof KiipConfigError) return false;
  const state = readSqlState(error);
  return state === null || state.startsWith('08') || state.startsWith('57P');
}

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * Listens to a pool's `error` event, which ends the process when nobody does. A pool reports an idle connection that died by it, although it
 * has replaced the connection already, and losing the database must not take the endpoint down.
 */
export function surviveDisconnects(pool: PgPoolLike): void {
  if (typeof pool.on !== 'function' || guarded.has(pool)) return;
  guarded.add(pool);
  pool.on('error', ignore);
}
