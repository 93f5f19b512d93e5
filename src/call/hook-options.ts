import { callable } from '../check/rules.js';
import * as z from '../zod.js';
import type { LoopHooks } from './events.js';

const HOOK_NAMES = ['onRequest', 'onResponse', 'onRetry', 'onSettled'] as const satisfies readonly (keyof LoopHooks)[];

/** The rule for the option `hooks` of every client. */
export const hooksRule = () =>
  z.optional(
    z.strictObject(
      { onRequest: callable(), onResponse: callable(), onRetry: callable(), onSettled: callable() },
      'must be an object { onRequest, onResponse, onRetry, onSettled }',
    ),
  );

function isInstance(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

/**
 * Prepares hooks for {@link hooksRule}, which refuses unknown keys: copies only the hooks of a class instance, which
 * may have other members.
 */
export const copyHooks = (hooks: unknown): unknown =>
  isInstance(hooks) ? Object.fromEntries(HOOK_NAMES.map((name) => [name, hooks[name]])) : hooks;
