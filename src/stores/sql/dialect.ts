/**
 * The SQL dialect of the database: `postgres` is PostgreSQL 13 or later, `mysql` is MySQL 8 or MariaDB 10.6 or later,
 * `sqlite` is SQLite 3.35 or later.
 */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';
