import type * as z from './zod.js';

/** What a {@link QuickReader} returns for everything that it does not accept at once. */
export const REFUSED = Symbol('refused');

/** Returns the value, objects as copies of what was checked, or {@link REFUSED}. */
export type QuickReader = (value: unknown) => unknown;

type Rule = (value: unknown) => unknown;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the schema checks beyond its type; `null` when there is something that only zod knows to check. */
function rulesOf({ checks = [] }: z.core.$ZodTypeDef): readonly Rule[] | null {
  const rules = checks.map((check): Rule | null => {
    const def = check._zod.def as z.core.$ZodCustomDef | z.core.$ZodCheckMinLengthDef;
    if (def.check === 'custom') return def.fn;
    return def.check === 'min_length' ? (value) => (value as string).length >= def.minimum : null;
  });
  return rules.every((rule) => rule !== null) ? rules : null;
}

function leaf(accepts: (value: unknown) => boolean, rules: readonly Rule[]): QuickReader {
  return (value) => {
    if (!accepts(value)) return REFUSED;
    for (const rule of rules) if (!rule(value)) return REFUSED;
    return value;
  };
}

function objectOf(shape: z.core.$ZodShape, strict: boolean): QuickReader {
  const fields = Object.entries(shape).map(([key, schema]) => ({ key, read: quickReader(schema) }));
  const known = new Set([...Object.keys(shape), ...(strict ? [] : ['__proto__'])]);
  return (value) => {
    if (!isRecord(value)) return REFUSED;
    const copy: Record<string, unknown> = {};
    for (const { key, read } of fields) {
      const field = read(value[key]);
      if (field === REFUSED) return REFUSED;
      if (field !== undefined) copy[key] = field;
    }
    for (const key in value) {
      if (known.has(key)) continue;
      if (strict) return REFUSED;
      copy[key] = value[key];
    }
    return copy;
  };
}

function firstOf(readers: readonly QuickReader[]): QuickReader {
  return (value) => {
    for (const read of readers) {
      const result = read(value);
      if (result !== REFUSED) return result;
    }
    return REFUSED;
  };
}

const exactly = (expected: unknown): QuickReader => leaf((value) => value === expected, []);

/**
 * Compiles a schema to the question most calls ask of it: is all well? zod answers it too, but keeps two objects for each field in case
 * there is something to report, more than the allocation gate (`npm run bench:gate`) can afford. What is refused here is zod's to judge and to explain, and so is
 * every kind of schema that is not listed.
 */
export function quickReader(schema: z.core.$ZodType): QuickReader {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const rules = rulesOf(def);
  if (rules === null || 'format' in def) return () => REFUSED;
  if (def.type === 'string') return leaf((value) => typeof value === 'string', rules);
  if (def.type === 'number') return leaf(Number.isFinite, rules);
  if (def.type === 'boolean') return leaf((value) => typeof value === 'boolean', rules);
  if (def.type === 'enum') return leaf((value) => Object.values(def.entries).includes(value as string), rules);
  if (def.type === 'custom' && 'fn' in def) return leaf(() => true, [def.fn as Rule, ...rules]);
  if (rules.length > 0) return () => REFUSED;
  if (def.type === 'catch') return quickReader(def.innerType);
  if (def.type === 'unknown') return (value) => value;
  if (def.type === 'optional') return firstOf([exactly(undefined), quickReader(def.innerType)]);
  if (def.type === 'nullable') return firstOf([exactly(null), quickReader(def.innerType)]);
  if (def.type === 'union') return firstOf(def.options.map(quickReader));
  if (def.type === 'object' && def.catchall !== undefined) {
    const rest = def.catchall._zod.def.type;
    if (rest === 'never' || rest === 'unknown') return objectOf(def.shape, rest === 'never');
  }
  return () => REFUSED;
}
