import type { ValidationIssue } from '../errors/index.js';
import type { ContextDefaults, DeviceContext, Platform } from './context.js';
import { copyFields } from '../check/fields.js';
import { inputSchemas } from './input-schema.js';
import { listIssues } from '../check/issues.js';

type Fields = Record<string, unknown>;

const isBlock = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const BLOCKS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(inputSchemas.blocks).map(([name, { shape }]) => [name, Object.keys(shape)]),
);
const CONTEXT = Object.keys(inputSchemas.context.ninthdecimal.shape);

/** Merges `over` onto `under`, key by key; an `undefined` in `over` counts as absent. */
function overlay(under: Fields, over: Fields, known: readonly string[]): Fields {
  const merged = { ...under };
  for (const [key, value] of Object.entries(copyFields(over, known))) if (value !== undefined) merged[key] = value;
  return merged;
}

/** Merges the context of a call onto a client's defaults, block by block. */
export function withDefaults<P extends Platform>(
  defaults: ContextDefaults<P> | undefined,
  context: unknown,
): DeviceContext<P> {
  if (defaults === undefined || (context !== undefined && !isBlock(context))) return context as DeviceContext<P>;
  const merged = overlay(defaults, context ?? {}, CONTEXT);
  for (const [key, under] of Object.entries(defaults)) {
    const over = merged[key];
    if (isBlock(under) && isBlock(over) && over !== under) merged[key] = overlay(under, over, BLOCKS.get(key) ?? []);
  }
  return merged as unknown as DeviceContext<P>;
}

/** Lists the problems of a client's defaults, under `defaults.…`. */
export function defaultsIssues(platform: Platform, defaults: unknown): ValidationIssue[] {
  return listIssues(inputSchemas.defaults[platform], defaults, 'defaults');
}
