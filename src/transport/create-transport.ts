import type { Transport } from '../call/transport.js';
import type { Engine } from './engine.js';
import { LazyTransport } from './lazy-transport.js';
import { readTransportOptions, type Route, type TransportOptions } from './transport-options.js';

/** axios and Node's HTTP modules take most of the time to load this package: only who sends pays it. */
async function load(route: Route): Promise<Engine> {
  if (route.kind === 'axios') {
    const { AxiosInstanceEngine } = await import('./axios-instance.js');
    return new AxiosInstanceEngine(route.axios);
  }
  // axios by itself, so that a bundle that has lost it can say so. Its build for browsers, because that has no CommonJS dependency:
  // the other one's call `require`, which a bundle of ES modules does not have. The adapter, which differs, is ours.
  const [{ default: axios }, { NodeHttpEngine }] = await Promise.all([
    import('axios/dist/browser/axios.cjs'),
    import('./node-http.js'),
  ]);
  return new NodeHttpEngine(axios, route);
}

/**
 * The default transport: HTTP requests through axios, in front of an adapter of this package on Node's own HTTP client.
 *
 * It answers for every status and follows no redirect (PROTOCOL K1), keeps connections alive and retires them before the server
 * does, and holds `timeoutMs` from the first packet of the connection to the last byte of the body. `close()` frees idle
 * connections at once and the others when their answer is complete.
 *
 * @throws KiipConfigError naming every problem of the options. `send` rejects with one when a module cannot be loaded.
 * @example
 * const transport = createTransport({ proxy: 'http://proxy.internal:3128' });
 * const client = new KiipClient({ appKey, appVersion: '1.0', test: true, transport });
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const { route, headers } = readTransportOptions(options);
  return new LazyTransport({ load: () => load(route), headers, factory: 'createTransport', module: 'axios' });
}
