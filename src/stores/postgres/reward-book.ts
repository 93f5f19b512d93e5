import { milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import type { RewardBook } from '../reward-book.js';
import {
  DEFAULT_REWARD_TTL_MS,
  buildRewardNotes,
  digestRewardId,
  readKnownReward,
  type RewardNote,
} from '../reward-notes.js';
import { qualify, type PgTable } from '../sql/postgres-claim.js';
import type { PgPoolLike } from './client.js';
import { checkPoolAndOptions, identifier } from './pool-options.js';
import { StoredTable } from './stored-table.js';

/** Options of {@link postgresRewardBook}. */
export interface PostgresRewardBookOptions {
  /** Name of the table, taken literally (quoted). @defaultValue `'kiip_s2s_rewards'` */
  readonly table?: string | undefined;
  /**
   * Name of the schema that holds the table, taken literally.
   *
   * @defaultValue the schema in which the first connection's `search_path` finds the table; it is looked up once
   */
  readonly schema?: string | undefined;
  /** How long to remember a reward, in milliseconds. @defaultValue 90 days */
  readonly ttlMs?: number | undefined;
}

/** A {@link RewardBook} in PostgreSQL, with the statement that creates its table. */
export interface PostgresRewardBook extends RewardBook {
  /**
   * Creates the schema (when named) and the table unless they exist. Call it at every start, from any number of processes at once. When
   * both exist, it needs no right to create anything.
   */
  migrate(): Promise<void>;
}

const schema = z.strictObject({
  table: identifier(),
  schema: identifier(),
  ttlMs: milliseconds(1, Number.MAX_SAFE_INTEGER),
});

const SWEEP_EVERY_MS = 60 * 60 * 1000;
const SWEPT_AT_ONCE = 10_000;

const createTable = (name: PgTable): string => `CREATE TABLE ${qualify(name)} (
  reward text COLLATE "C" NOT NULL, player text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL, noted_at timestamptz NOT NULL,
  PRIMARY KEY (reward, player, value)
);
CREATE INDEX ON ${qualify(name)} (noted_at)`;

const buildNote = (table: string): string =>
  `INSERT INTO ${table} AS book (reward, player, value, noted_at)
SELECT reward, player, value, to_timestamp($4::float8 / 1000) FROM unnest($1::text[], $2::text[], $3::text[]) AS note (reward, player, value)
ORDER BY reward ON CONFLICT (reward, player, value) DO UPDATE SET noted_at = greatest(book.noted_at, excluded.noted_at)`;

const buildFind = (table: string): string =>
  `SELECT player, value FROM ${table} WHERE reward = $1 AND noted_at > to_timestamp($2::float8 / 1000)`;

const buildSweep = (table: string): string =>
  `DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE noted_at <= to_timestamp($1::float8 / 1000) LIMIT ${SWEPT_AT_ONCE})`;

/**
 * Keeps the rewards that were handed out in PostgreSQL 13 or later, for every worker that shares it. Takes a `Pool` of `pg`, which you end
 * yourself. Stores only digests of ids and users. Rows older than `ttlMs` are deleted along with other work, at most once an hour.
 *
 * @throws KiipConfigError with every problem: not a pool, an option out of range or unknown.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg';
 * import { KiipClient } from 'kiip-s2s';
 * import { postgresRewardBook } from 'kiip-s2s/postgres';
 *
 * const rewardBook = postgresRewardBook(new Pool());
 * await rewardBook.migrate();
 * const client = new KiipClient({ appKey: 'key', appVersion: '1.4.2', test: false, rewardBook });
 * ```
 */
export function postgresRewardBook(pool: PgPoolLike, options: PostgresRewardBookOptions = {}): PostgresRewardBook {
  checkPoolAndOptions('postgresRewardBook', schema, pool, options);
  const { ttlMs = DEFAULT_REWARD_TTL_MS, table = 'kiip_s2s_rewards' } = options;
  const stored = new StoredTable(pool, {
    store: 'postgresRewardBook',
    schema: options.schema,
    table,
    create: createTable,
  });
  let sweptAt = -Infinity;

  const sweep = async (): Promise<void> => {
    const now = performance.now();
    if (now - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now;
    // If this fails, the next hour deletes the rows; find() ignores them anyway.
    await stored.ask(buildSweep, [Date.now() - ttlMs]).catch(() => undefined);
  };

  return {
    migrate: () => stored.migrate(),
    async note(given) {
      const notes = buildRewardNotes(given);
      if (notes.length === 0) return;
      const column = (name: keyof RewardNote): string[] => notes.map((note) => note[name]);
      await stored.ask(buildNote, [column('reward'), column('player'), column('value'), given.at.getTime()]);
      await sweep();
    },
    async find(transactionId) {
      const values = [digestRewardId(transactionId), Date.now() - ttlMs];
      return readKnownReward(transactionId, await stored.ask<Pick<RewardNote, 'player' | 'value'>>(buildFind, values));
    },
  };
}
