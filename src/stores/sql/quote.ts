/** Quotes a name for PostgreSQL or SQLite, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for PostgreSQL, whatever `standard_conforming_strings` says. `pg` always sends UTF-8. */
export function quoteLiteral(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
