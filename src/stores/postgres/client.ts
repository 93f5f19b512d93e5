import { KiipConfigError } from '../../errors/index.js';

/** The result of a statement, in the shape of `pg`'s. */
export interface PgResult<Row = Record<string, unknown>> {
  /** The rows that the statement returned. */
  readonly rows: Row[];
  /** How many rows it returned or wrote; `null` for statements without rows. */
  readonly rowCount: number | null;
  /** The statement's kind as the server named it: `UPDATE`, `COMMIT`. */
  readonly command: string;
}

/** A statement with its parameters, as `pg` takes it. */
export interface PgQueryConfig {
  text: string;
  values?: unknown[] | undefined;
  name?: string | undefined;
}

/** A callback of `pg`: it gets an error, or `null` and the result. */
export type PgCallback<Row = Record<string, unknown>> = (error: Error | null, result?: PgResult<Row>) => void;

/**
 * Runs statements inside the callback's transaction; a handler gets it as `tx`. `query` works like `pg`'s, with
 * promises or a callback, so query builders can use `tx` as their client. Their BEGIN and COMMIT become a savepoint.
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

/** The part of a pool's client of `pg` that is used. */
export interface PgPoolClientLike {
  query(statement: string, values?: unknown[]): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
  /** `I` outside a transaction, `T` inside, `E` inside a failed one. Newer versions of `pg` have it. */
  getTransactionStatus?(): string | null;
}

/** The part of a `Pool` of `pg` (8 or later) that is used. A single `Client` is not a pool. */
export interface PgPoolLike {
  connect(): Promise<PgPoolClientLike>;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  /** How many connections the pool holds. */
  readonly totalCount: number;
  /** How many connections are idle. */
  readonly idleCount: number;
  /** How many requests wait for a connection. */
  readonly waitingCount: number;
}

/** Whether a value is a pool: it lends connections and counts them. A `connect` alone does not tell, because `pg`'s single clients have it too. */
export function isPool(value: unknown): value is PgPoolLike {
  const { connect, totalCount, idleCount, waitingCount } = Object(value) as Partial<Record<keyof PgPoolLike, unknown>>;
  return typeof connect === 'function' && [totalCount, idleCount, waitingCount].every(Number.isInteger);
}

/** Lists the results of one text: `pg` returns one result per statement. */
export function listResults<Row>(answer: unknown): PgResult<Row>[] {
  return (Array.isArray(answer) ? answer : [answer]) as PgResult<Row>[];
}

/** Reads the SQLSTATE of an error, if it came from PostgreSQL. */
export function readSqlState(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Whether an error says that the connection is lost, so that another one may work. */
export function isLost(error: unknown): boolean {
  if (error instanceof KiipConfigError) return false;
  const state = readSqlState(error);
  return state === null || state.startsWith('08') || state.startsWith('57P');
}

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * Listens to a pool's `error` event, which would otherwise end the process. A pool emits it for every idle connection that drops, although
 * it replaces the connection itself.
 */
export function surviveDisconnects(pool: PgPoolLike): void {
  if (typeof pool.on !== 'function' || guarded.has(pool)) return;
  guarded.add(pool);
  pool.on('error', ignore);
}
