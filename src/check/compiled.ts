import * as z from '../zod.js';

/**
 * Compiles a schema when it is first asked for, by zod's own `z.compile`: the same results without two objects for each field, for a few milliseconds
 * once. Where code from strings is forbidden, it is the schema as it was.
 */
export function compileOnDemand<Schema extends z.ZodType>(schema: Schema): () => Schema {
  let compiled: Schema | null = null;
  return () => (compiled ??= z.compile(schema));
}
