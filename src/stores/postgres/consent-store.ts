import * as z from '../../zod.js';
import type { ConsentStore } from '../consent-store.js';
import { buildConsentStore } from '../document-consent-store.js';
import { qualify, type PgTable } from '../sql/postgres-claim.js';
import type { PgPoolLike } from './client.js';
import { checkPoolAndOptions, identifier } from './pool-options.js';
import { StoredTable } from './stored-table.js';

/** Options of {@link postgresConsentStore}. */
export interface PostgresConsentStoreOptions {
  /** Name of the table, taken literally (quoted). @defaultValue `'kiip_s2s_consents'` */
  readonly table?: string | undefined;
  /**
   * Name of the schema that holds the table, taken literally.
   *
   * @defaultValue the schema in which the first connection's `search_path` finds the table; it is looked up once
   */
  readonly schema?: string | undefined;
}

/** A {@link ConsentStore} in PostgreSQL, with the statement that creates its table. */
export interface PostgresConsentStore extends ConsentStore {
  /**
   * Creates the schema (when named) and the table unless they exist. Call it at every start, from any number of processes at once. When
   * both exist, it needs no right to create anything.
   */
  migrate(): Promise<void>;
}

const schema = z.strictObject({ table: identifier(), schema: identifier() });

const createTable = (name: PgTable): string =>
  `CREATE TABLE ${qualify(name)} (player text COLLATE "C" PRIMARY KEY, document text COLLATE "C" NOT NULL)`;

/**
 * Keeps players' choices about the sale of data, and their delivery to the platform, in PostgreSQL 13 or later (PROTOCOL K14), for every
 * worker that shares it. Takes a `Pool` of `pg`, which you end yourself. It has one row per player and stores ids as digests.
 *
 * @throws KiipConfigError with every problem: not a pool, an unknown option.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg';
 * import { KiipClient } from 'kiip-s2s';
 * import { postgresConsentStore } from 'kiip-s2s/postgres';
 *
 * const consentStore = postgresConsentStore(new Pool());
 * await consentStore.migrate();
 * const client = new KiipClient({ appKey: 'key', appVersion: '1.4.2', test: false, consentStore });
 * ```
 */
export function postgresConsentStore(
  pool: PgPoolLike,
  options: PostgresConsentStoreOptions = {},
): PostgresConsentStore {
  checkPoolAndOptions('postgresConsentStore', schema, pool, options);
  const { table = 'kiip_s2s_consents' } = options;
  const stored = new StoredTable(pool, {
    store: 'postgresConsentStore',
    schema: options.schema,
    table,
    create: createTable,
  });
  const store = buildConsentStore({
    async load(key) {
      const [row] = await stored.ask<{ document: string }>(
        (name) => `SELECT document FROM ${name} WHERE player = $1`,
        [key],
      );
      return row?.document ?? null;
    },
    async replace(key, expected, text) {
      const rows =
        expected === null
          ? await stored.askOnce(
              (name) =>
                `INSERT INTO ${name} (player, document) VALUES ($1, $2) ON CONFLICT (player) DO NOTHING RETURNING 1`,
              [key, text],
            )
          : await stored.askOnce(
              (name) => `UPDATE ${name} SET document = $2 WHERE player = $1 AND document = $3 RETURNING 1`,
              [key, text, expected],
            );
      return rows.length === 1;
    },
  });
  return { ...store, migrate: () => stored.migrate() };
}
