/**
 * A plain copy of an object: its own keys, and the known keys that its class supplies through accessors. Other members of a class are
 * not data that the caller meant to pass.
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
