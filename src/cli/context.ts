import { KiipConfigError } from '../errors/index.js';
import type { DeviceContext, NinthDecimalContext, Platform } from '../request/context.js';
import { readInput, readJsonText } from './input.js';
import { samplePlayer } from './sample-player.js';

/**
 * Reads the player's context from a file or stdin (`-`); without a path, returns the sample. The builders check it.
 *
 * @throws KiipConfigError when it cannot be read or is not a JSON object.
 */
export async function readContext<P extends Platform>(
  path: string | undefined,
  platform: P,
): Promise<DeviceContext<P>> {
  // The builders check at run time whether the context fits the dialect.
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
