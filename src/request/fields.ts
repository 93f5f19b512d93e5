/**
 * A plain copy of an object: its own keys, and those of the known ones that a class gives it by accessors. The rest of what a class has is
 * not data that the caller meant to hand over.
 */
export function fieldsOf(source: Readonly<Record<string, unknown>>, known: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...source };
  for (const key of known) {
    if (Object.hasOwn(fields, key)) continue;
    const value = source[key];
    if (value !== undefined) fields[key] = value;
  }
  return fields;
}
