/**
 * Makes a plain copy of an object: its own keys, and the known keys that its class supplies through accessors. It
 * leaves out the other members of a class, which the caller did not mean to pass.
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
