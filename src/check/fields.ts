/**
 * A plain copy of an object: its own keys, and the known ones that its class supplies through accessors. Whatever else a class
 * has is not data that the caller meant to hand over.
 */
export function copyFields(
  source: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...source };
  for (const key of known) {
    if (Object.hasOwn(fields, key)) continue;
    const value = source[key];
    if (value !== undefined) fields[key] = value;
  }
  return fields;
}
