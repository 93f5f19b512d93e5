import { listOptionIssues, refuseOptions } from '../../check/check-options.js';
import { milliseconds } from '../../check/rules.js';
import * as z from '../../zod.js';
import { STORE_TIMEOUT_MS, within } from '../within.js';
import { buildScriptRunner, findClientProblem, surviveDisconnects, type RedisLike, type RunScript } from './client.js';

/** The options of a store that forgets its notes after a while. */
export const notesSchema = z.strictObject({
  prefix: z.optional(z.string('must be a string')),
  ttlMs: milliseconds(1, Number.MAX_SAFE_INTEGER),
});

/**
 * Checks a client together with a store's options, and returns the function that runs scripts on it.
 *
 * @param where - what the message begins with, such as `redisLedger`.
 * @throws KiipConfigError with every problem.
 */
export function openClient(
  where: string,
  schema: Parameters<typeof listOptionIssues>[0],
  client: RedisLike,
  options: unknown,
): RunScript {
  const problem = findClientProblem(client);
  refuseOptions(where, [
    ...(problem === null ? [] : [{ path: 'client', message: problem }]),
    ...listOptionIssues(schema, options),
  ]);
  surviveDisconnects(client);
  return buildScriptRunner(client);
}

/** Makes a script without an answer reject after the stores' time limit. */
export const limitTime =
  (script: RunScript): RunScript =>
  (...asked) =>
    within(script(...asked), STORE_TIMEOUT_MS, `Redis did not answer within ${STORE_TIMEOUT_MS} ms.`);
