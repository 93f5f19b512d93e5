import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import Database from 'libsql';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { startMariadb, startPostgres } from '../../support/services.js';

export const PLAYERS = 'CREATE TABLE players (id VARCHAR(100) NOT NULL PRIMARY KEY, coins INT NOT NULL)';

/** A database as an onlooker sees it. */
export interface Onlooker {
  readonly url: string;
  query(text: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function lookAtPostgres(): Promise<Onlooker> {
  const service = await startPostgres();
  const pool = new Pool({ connectionString: service.url });
  pool.on('error', () => undefined);
  return {
    url: service.url,
    query: async (text) => (await pool.query<Record<string, unknown>>(text)).rows,
    async stop() {
      await pool.end();
      await service.stop();
    },
  };
}

export async function lookAtMariadb(): Promise<Onlooker> {
  const service = await startMariadb();
  const pool = createPool(service.url);
  return {
    url: service.url,
    query: async (text) => (await pool.query(text))[0] as Record<string, unknown>[],
    stop: async () => (await pool.end(), service.stop()),
  };
}

export async function lookAtSqlite(): Promise<Onlooker> {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-sql-'));
  const path = join(folder, 'game.db');
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  return {
    url: path,
    async query(text) {
      const statement = database.prepare(text);
      if (statement.reader) return statement.all() as Record<string, unknown>[];
      statement.run();
      return [];
    },
    async stop() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Bundles a script of this folder for a child process, which has nothing that reads TypeScript. It needs `CHILD_ENVIRONMENT`. */
export function bundleChild(name: string): { file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-sql-child-'));
  const file = join(folder, `${name}.cjs`);
  const source = (path: string): string => join(__dirname, '../../../src', path);
  buildSync({
    entryPoints: [join(__dirname, `${name}.ts`)],
    outfile: file,
    bundle: true,
    platform: 'node',
    packages: 'external',
    alias: { 'kiip-s2s/sql': source('stores/sql/index.ts'), 'kiip-s2s/callbacks': source('callbacks/index.ts') },
  });
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

/** Where a bundled script finds packages. */
export const CHILD_ENVIRONMENT = { NODE_PATH: join(process.cwd(), 'node_modules') };
