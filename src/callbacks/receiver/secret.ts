import { withinTimeLimit } from '../../check/time-limit.js';
import { KiipConfigError } from '../../errors/index.js';
import { isSecret, SECRET_RULE } from '../options.js';
import type { SecretOption } from './options.js';

type Secrets = string | readonly string[];

/**
 * Makes what gets the secrets for each callback. A function is asked at the first callback, and its answer is kept; after a failure the
 * next callback asks again. Callbacks that come before the first answer each ask for themselves: a worker's runtime ties a promise to the
 * request that made it, so when that request is cancelled, whoever else waits for the promise waits for ever.
 */
export function createSecretSource(secret: SecretOption, limitMs: number): () => Secrets | Promise<Secrets> {
  if (typeof secret !== 'function') return () => secret;
  let kept: Secrets | undefined;
  const ask = async (): Promise<Secrets> => {
    const late = (): Error =>
      new KiipConfigError(`createCallbackReceiver: secret() took longer than handlerTimeoutMs (${limitMs} ms).`);
    const given = await withinTimeLimit((async () => secret())(), limitMs, late);
    if (!isSecret(given)) {
      const message = `gave nothing usable: it ${SECRET_RULE.replace('be', 'return')}`;
      throw new KiipConfigError(`createCallbackReceiver: secret() ${message}.`, [{ path: 'secret', message }]);
    }
    // The first answer stays, so that `secretIndex` counts in one list.
    kept ??= typeof given === 'string' ? given : [...given];
    return kept;
  };
  return () => kept ?? ask();
}
