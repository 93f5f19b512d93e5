/** A name that reaches PostgreSQL or SQLite as it is, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text that reaches PostgreSQL as it is, whatever `standard_conforming_strings` says; `pg` always speaks UTF-8. */
export function quoteLiteral(text: string): string {
  return `E'${text.replaceAll(/[\\']/g, '$&$&')}'`;
}
