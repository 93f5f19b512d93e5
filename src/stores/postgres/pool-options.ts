import { listOptionIssues, refuseOptions } from '../../check/check-options.js';
import * as z from '../../zod.js';
import { isPool } from './client.js';

/** PostgreSQL silently cuts names at 63 bytes, so two long names could mean the same table. */
export const identifier = () =>
  z.optional(
    z.custom<string>(
      (name) =>
        name === undefined ||
        (typeof name === 'string' && name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 63),
      'must be a name of 1 to 63 bytes',
    ),
  );

/**
 * Checks a pool and its options together.
 *
 * @throws KiipConfigError with every problem.
 */
export function checkPoolAndOptions(
  where: string,
  schema: Parameters<typeof listOptionIssues>[0],
  pool: unknown,
  options: unknown,
): void {
  const poolIssue = {
    path: 'pool',
    message: 'must be a Pool of the package pg (8 or later); a single Client has no connections to lend',
  };
  refuseOptions(where, [...(isPool(pool) ? [] : [poolIssue]), ...listOptionIssues(schema, options)]);
}
