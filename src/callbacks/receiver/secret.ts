import { withinTimeLimit } from '../../check/time-limit.js';
import { KiipConfigError } from '../../errors/index.js';
import { isSecret, SECRET_RULE } from '../options.js';
import type { SecretOption } from './options.js';

type Secrets = string | readonly string[];

/**
 * Creates the function that returns the secrets for a callback. An option function is called at the first callback, and again only after
 * it failed; callbacks that arrive meanwhile share its result.
 */
export function createSecretSource(secret: SecretOption, limitMs: number): () => Secrets | Promise<Secrets> {
  if (typeof secret !== 'function') return () => secret;
  let kept: Secrets | Promise<Secrets> | undefined;
  const ask = async (): Promise<Secrets> => {
    try {
      const late = (): Error =>
        new KiipConfigError(`createCallbackReceiver: secret() took longer than handlerTimeoutMs (${limitMs} ms).`);
      const given = await withinTimeLimit((async () => secret())(), limitMs, late);
      if (!isSecret(given)) {
        const message = `gave nothing usable: it ${SECRET_RULE.replace('be', 'return')}`;
        throw new KiipConfigError(`createCallbackReceiver: secret() ${message}.`, [{ path: 'secret', message }]);
      }
      kept = typeof given === 'string' ? given : [...given];
      return kept;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
  return () => (kept ??= ask());
}
