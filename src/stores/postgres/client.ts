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

/**
 * Runs statements inside the callback's own transaction: what a handler gets as `tx`. `query` is `pg`'s, with promises; it serves as the
 * client of query builders that ask for no more than that.
 */
export interface PgClientLike {
  query<Row = Record<string, unknown>>(statement: string | PgQueryConfig, values?: unknown[]): Promise<PgResult<Row>>;
}

/** What is used of a client that a pool of `pg` lends out. */
export interface PgPoolClientLike {
  query(statement: string, values?: unknown[]): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
}

/** What is used of a `Pool` of `pg`, version 8 or later. */
export interface PgPoolLike {
  connect(): Promise<PgPoolClientLike>;
  on?(event: 'error', listener: (error: Error) => void): unknown;
}

/** The last result: `pg` answers several statements in one text with one result each. */
export function lastResult<Row>(answer: unknown): PgResult<Row> {
  return (Array.isArray(answer) ? answer.at(-1) : answer) as PgResult<Row>;
}

/** The five characters by which PostgreSQL names an error, if it is one of its own. */
export function sqlState(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** A name that reaches the server as it is, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text that reaches the server as it is, whatever `standard_conforming_strings` says; `pg` always speaks UTF-8. */
export function quoteLiteral(text: string): string {
  return `E'${text.replaceAll(/[\\']/g, '$&$&')}'`;
}

export interface PgTableName {
  readonly table: string;
  readonly schema: string | undefined;
}

export function qualified({ schema, table }: PgTableName): string {
  return schema === undefined ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * A pool reports an idle connection that died as an `error` event, which ends the process when nobody listens, although the pool has
 * replaced the connection already. Losing the database must not take the endpoint down, so one listener is there whatever the caller does.
 */
export function surviveDisconnects(pool: PgPoolLike): void {
  if (typeof pool.on !== 'function' || guarded.has(pool)) return;
  guarded.add(pool);
  pool.on('error', ignore);
}
