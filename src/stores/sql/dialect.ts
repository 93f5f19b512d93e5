/** The SQL dialect of the database: `mysql` is MySQL 8 and MariaDB 10.6 or later, `sqlite` is SQLite 3.35 or later, `postgres` PostgreSQL 13 or later. */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';
