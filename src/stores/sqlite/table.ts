import { quoteIdentifier } from '../sql/quote.js';
import type { SqliteDatabaseLike, SqliteStatementLike } from './database.js';

/** One remembered key. A claim has an end, in milliseconds since 1970; a processed key does not. */
interface Row {
  readonly id: string;
  readonly token: string;
  readonly ends_at: number | bigint | null;
}

/** The ledger's table. Each change is one transaction, and no method waits. */
export class SqliteTable {
  readonly #database: SqliteDatabaseLike;
  readonly #name: string;
  readonly #statements = new Map<string, SqliteStatementLike>();

  constructor(database: SqliteDatabaseLike, table: string) {
    this.#database = database;
    this.#name = quoteIdentifier(table);
  }

  /** Prepares the file; any number of processes may do so at once. */
  create(): void {
    // These steps run one by one, because a switch to WAL is not possible inside a transaction.
    this.#database.exec('PRAGMA busy_timeout = 0');
    this.#database.prepare('PRAGMA journal_mode = WAL').all();
    this.#database.exec('PRAGMA synchronous = FULL');
    this.#database.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#name} (id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, ends_at INTEGER, processed_at INTEGER) WITHOUT ROWID`,
    );
  }

  claim(keys: readonly string[], token: string, endsAt: number): 'claimed' | 'duplicate' | 'busy' {
    return this.#write(() => {
      const rows = this.#read(keys);
      if (rows.some(({ ends_at }) => ends_at === null)) return 'duplicate';
      if (rows.some(({ ends_at }) => (ends_at as number | bigint) > Date.now())) return 'busy';
      for (const key of keys)
        this.#run(`INSERT OR REPLACE INTO ${this.#name} (id, token, ends_at) VALUES (?, ?, ?)`, key, token, endsAt);
      return 'claimed';
    });
  }

  /** Renews a claim, unless it has ended or another worker has taken it. */
  renew(keys: readonly string[], token: string, endsAt: number): 'renewed' | 'lost' {
    return this.#write(() => {
      const rows = this.#read(keys);
      const now = Date.now();
      const isOurs = (row: Row): boolean => row.token === token && row.ends_at !== null && row.ends_at > now;
      if (rows.length < keys.length || !rows.every(isOurs)) return 'lost';
      for (const key of keys) this.#run(`UPDATE ${this.#name} SET ends_at = ? WHERE id = ?`, endsAt, key);
      return 'renewed';
    });
  }

  /** Marks the keys as processed unless another worker has claimed one. A claim that merely ended is still marked, because its work is done. */
  commit(keys: readonly string[], token: string): 'done' | 'lost' {
    return this.#write(() => {
      if (this.#read(keys).some((row) => row.token !== token)) return 'lost';
      for (const key of keys)
        this.#run(
          `INSERT OR REPLACE INTO ${this.#name} (id, token, ends_at, processed_at) VALUES (?, ?, NULL, ?)`,
          key,
          token,
          Date.now(),
        );
      return 'done';
    });
  }

  /** Frees the claims that are still this run's. */
  release(keys: readonly string[], token: string): void {
    this.#write(() => {
      for (const key of keys)
        this.#run(`DELETE FROM ${this.#name} WHERE id = ? AND token = ? AND ends_at IS NOT NULL`, key, token);
    });
  }

  find(key: string, from: string, to: string): { key: string; at: Date }[] {
    const text = `SELECT id, processed_at AS at FROM ${this.#name} WHERE ends_at IS NULL AND (id = ? OR (id >= ? AND id < ?))`;
    const rows = this.#prepare(text).all(key, from, to) as { id: string; at: number | bigint }[];
    return rows.map(({ id, at }) => ({ key: id, at: new Date(Number(at)) }));
  }

  #read(keys: readonly string[]): Row[] {
    const marks = keys.map(() => '?').join(', ');
    return this.#prepare(`SELECT id, token, ends_at FROM ${this.#name} WHERE id IN (${marks})`).all(...keys) as Row[];
  }

  #run(text: string, ...values: (string | number)[]): void {
    this.#prepare(text).run(...values);
  }

  #prepare(text: string): SqliteStatementLike {
    let statement = this.#statements.get(text);
    if (statement === undefined) this.#statements.set(text, (statement = this.#database.prepare(text)));
    return statement;
  }

  /** Runs one transaction that takes the write lock at its start, so it cannot fail to get the lock half way. */
  #write<T>(change: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const answer = change();
      this.#database.exec('COMMIT');
      return answer;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /**
   * Rolls back. Ignores a failure: an error such as a full disk ends the transaction by itself, and the first error is
   * the one to report.
   */
  #undo(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // There is no transaction any more.
    }
  }
}
