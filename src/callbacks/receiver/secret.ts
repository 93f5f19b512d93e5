import { withinTimeLimit } from '../../check/time-limit.js';
import { KiipConfigError } from '../../errors/index.js';
import { isSecret, SECRET_RULE } from '../verify-options.js';
import type { SecretOption } from './callback-receiver-options.js';

type Secrets = string | readonly string[];

/**
 * Creates the function that returns the secrets for a callback. A secret that is a function is called at the first
 * callback, and its result is kept. Callbacks that arrive before the first result each call it: a worker's runtime ties
 * a promise to the request that made it, so others that share it would wait for ever once that request is cancelled.
 */
export function createSecretSource(secret: SecretOption, limitMs: number): () => Secrets | Promise<Secrets> {
  if (typeof secret !== 'function') return () => secret;
  let kept: Secrets | undefined;
  const ask = async (): Promise<Secrets> => {
    const late = (): Error =>
      new KiipConfigError(
        `createCallbackReceiver: secret() took longer than handlerTimeoutMs (${limitMs} ms): check where it gets the secret.`,
      );
    const given = await withinTimeLimit((async () => secret())(), limitMs, late);
    if (!isSecret(given)) {
      const message = `returned no usable secret: it ${SECRET_RULE.replace('be', 'return')}`;
      throw new KiipConfigError(`createCallbackReceiver: secret() ${message}.`, [{ path: 'secret', message }]);
    }
    // The first answer stays, so that `secretIndex` counts in one list.
    kept ??= typeof given === 'string' ? given : [...given];
    return kept;
  };
  return () => kept ?? ask();
}
