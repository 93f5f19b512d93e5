import { getProxyForUrl } from 'proxy-from-env';
import { KiipConfigError } from '../errors/index.js';
import { isHttpUrl } from './transport-options.js';

const readVariable = (name: string): string => process.env[name.toLowerCase()] ?? process.env[name.toUpperCase()] ?? '';

/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name for a URL, or `null`. A value without a scheme is an `http:`
 * proxy, as curl has it; the library would take over the target's scheme.
 *
 * @throws KiipConfigError when the variable names something other than an HTTP proxy. The message does not repeat it, because it may hold a
 * password.
 */
export function findEnvironmentProxy(url: string): string | null {
  const found = getProxyForUrl(url).trim();
  if (found === '') return null;
  const scheme = new URL(url).protocol;
  const bare = found.slice(`${scheme}//`.length);
  const isBare = [`${scheme.slice(0, -1)}_proxy`, 'all_proxy'].some((name) => readVariable(name).trim() === bare);
  const proxy = isBare ? `http://${bare}` : found;
  if (isHttpUrl(proxy)) return proxy;
  throw new KiipConfigError(
    "createTransport: proxy: 'env' found a proxy in the environment that is not an http: or https: URL, such as http://proxy.internal:3128. Nothing was sent.",
    [{ path: 'proxy', message: 'is not an http: or https: URL in the environment' }],
  );
}
