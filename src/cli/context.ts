import { KiipConfigError } from '../errors/index.js';
import type { DeviceContext, NinthDecimalContext, Platform } from '../request/context.js';
import { readInput, readJsonText } from './input.js';
import { samplePlayer } from './sample-player.js';

/**
 * The player's context: from a file or stdin (`-`), else the sample. What is in it is checked by the builders, who know every rule.
 *
 * @throws KiipConfigError when it cannot be read or is no JSON object.
 */
export async function readContext<P extends Platform>(
  path: string | undefined,
  platform: P,
): Promise<DeviceContext<P>> {
  // Which dialect a context from outside fits is decided by the builders at run time.
  const fits = (context: NinthDecimalContext): DeviceContext<P> => context as DeviceContext<P>;
  if (path === undefined) return fits(samplePlayer(platform));
  const text = (await readInput(path, 'The context')).toString('utf8');
  const context = readJsonText<unknown>(text, 'The context', JSON.parse);
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new KiipConfigError(
      'The context must be a JSON object: { "device": { … }, "connection": { … } }, see docs/cli.md#payload.',
    );
  }
  return fits(context as NinthDecimalContext);
}
