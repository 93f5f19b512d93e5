import type * as z from '../zod.js';

/** What a {@link QuickReader} returns for everything that it does not accept at once. */
export const REFUSED = Symbol('refused');

/** Returns the value, objects as copies of what was checked, or {@link REFUSED}. */
export type QuickReader = (value: unknown) => unknown;

type Rule = (value: unknown) => unknown;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The functions given to `.refine()`; `null` when the schema checks anything in another way. */
function rulesOf({ checks = [] }: z.core.$ZodTypeDef): readonly Rule[] | null {
  const defs = checks.map((check) => check._zod.def as z.core.$ZodCustomDef);
  return defs.every((def) => def.check === 'custom') ? defs.map(({ fn }) => fn) : null;
}

function leaf(accepts: (value: unknown) => boolean, rules: readonly Rule[]): QuickReader {
  return (value) => {
    if (!accepts(value)) return REFUSED;
    for (const rule of rules) if (!rule(value)) return REFUSED;
    return value;
  };
}

function strictObject(shape: z.core.$ZodShape): QuickReader {
  const fields = Object.entries(shape).map(([key, schema]) => ({ key, read: quickReader(schema) }));
  const known = new Set(Object.keys(shape));
  return (value) => {
    if (!isRecord(value)) return REFUSED;
    for (const key in value) if (!known.has(key)) return REFUSED;
    const copy: Record<string, unknown> = {};
    for (const { key, read } of fields) {
      const field = read(value[key]);
      if (field === REFUSED) return REFUSED;
      if (field !== undefined) copy[key] = field;
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

/**
 * Compiles a schema to the question most calls ask of it: is all well? zod answers it too, but keeps two objects for each field in case
 * there is something to report, a sixth of what a moment allocates. What is refused here is zod's to judge and to explain, and so is
 * every kind of schema that is not listed.
 */
export function quickReader(schema: z.core.$ZodType): QuickReader {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const rules = rulesOf(def);
  if (rules !== null) {
    if (def.type === 'string' && !('format' in def)) return leaf((value) => typeof value === 'string', rules);
    if (def.type === 'number' && !('format' in def)) return leaf(Number.isFinite, rules);
    if (def.type === 'boolean') return leaf((value) => typeof value === 'boolean', rules);
    if (def.type === 'enum') return leaf((value) => Object.values(def.entries).includes(value as string), rules);
    if (def.type === 'custom' && 'fn' in def) return leaf(() => true, [def.fn as Rule, ...rules]);
    if (def.type === 'optional' && rules.length === 0)
      return firstOf([leaf((value) => value === undefined, []), quickReader(def.innerType)]);
    if (def.type === 'union' && rules.length === 0) return firstOf(def.options.map(quickReader));
    if (def.type === 'object' && rules.length === 0 && def.catchall?._zod.def.type === 'never') return strictObject(def.shape);
  }
  return () => REFUSED;
}
