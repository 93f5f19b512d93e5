import * as z from '../zod.js';

/**
 * Compiles a schema with zod's own `z.compile` when it is first asked for. That takes a few milliseconds, once; the
 * compiled schema gives the same results without creating two objects for each field. Where the runtime forbids code
 * from strings, `z.compile` returns the schema unchanged.
 */
export function compileOnDemand<Schema extends z.ZodType>(schema: Schema): () => Schema {
  let compiled: Schema | null = null;
  return () => (compiled ??= z.compile(schema));
}
