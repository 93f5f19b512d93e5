import type { Claims } from './claims.js';
import type { SqlDialect } from './dialect.js';
import { mysqlClaims } from './mysql.js';
import { postgresClaims } from './postgres.js';
import { sqliteClaims } from './sqlite.js';

/** Creates the claims of a dialect, in the named table. */
export function createClaims(dialect: SqlDialect, table: string): Claims {
  if (dialect === 'postgres') return postgresClaims(table);
  return dialect === 'mysql' ? mysqlClaims(table) : sqliteClaims(table);
}
