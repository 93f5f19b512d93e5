import type { ValidationIssue } from '../errors/index.js';
import type { ContextDefaults, DeviceContext, Platform } from './context.js';
import { inputSchemas } from './input-schema.js';
import { toIssues } from './issues.js';

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date);

/** `over` on top of `under`, key by key; an `undefined` in `over` counts as absent. */
function overlay(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...under };
  for (const key of Object.keys(over)) if (over[key] !== undefined) merged[key] = over[key];
  return merged;
}

/** The context of a call with a client's defaults beneath it, block by block. */
export function withDefaults<P extends Platform>(defaults: ContextDefaults<P> | undefined, context: unknown): DeviceContext<P> {
  if (defaults === undefined || (context !== undefined && !isBlock(context))) return context as DeviceContext<P>;
  const given: Record<string, unknown> = context ?? {};
  const merged = overlay(defaults, given);
  for (const [key, block] of Object.entries(defaults)) {
    const over = given[key];
    if (isBlock(block) && isBlock(over)) merged[key] = overlay(block, over);
  }
  return merged as unknown as DeviceContext<P>;
}

/** The problems of a client's defaults, under `defaults.…`. */
export function defaultsIssues(platform: Platform, defaults: unknown): ValidationIssue[] {
  const result = inputSchemas.defaults[platform].safeParse(defaults);
  return result.success ? [] : toIssues(result.error.issues, 'defaults');
}
