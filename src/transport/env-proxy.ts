import { getProxyForUrl } from 'proxy-from-env';
import { KiipConfigError } from '../errors/index.js';
import { isHttpUrl } from './transport-options.js';

/** Reads a variable as proxy-from-env does: empty counts as unset. */
const readVariable = (name: string): string => process.env[name] || process.env[name.toUpperCase()] || '';

/**
 * Finds the proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name for a URL; `null` for none. A value
 * without a scheme means an `http:` proxy, as in curl; proxy-from-env would use the target's scheme.
 *
 * @throws KiipConfigError when the variable names something other than an HTTP proxy. The message does not repeat it,
 * because it may hold a password.
 */
export function findEnvironmentProxy(url: string): string | null {
  if (getProxyForUrl(url) === '') return null;
  const scheme = new URL(url).protocol.slice(0, -1);
  const given = (readVariable(`${scheme}_proxy`) || readVariable('all_proxy')).trim();
  if (given === '') return null;
  const proxy = given.includes('://') ? given : `http://${given}`;
  if (isHttpUrl(proxy)) return proxy;
  throw new KiipConfigError(
    "createTransport: proxy: 'env' found a proxy in the environment that is not an http: or https: URL: set the variable to one, such as http://proxy.internal:3128. Nothing was sent.",
    [{ path: 'proxy', message: 'is not an http: or https: URL in the environment' }],
  );
}
