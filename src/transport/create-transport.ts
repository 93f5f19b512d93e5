import { loadEngine } from '#engine';
import type { Transport } from '../call/transport.js';
import { LazyTransport } from './lazy-transport.js';
import { readTransportOptions, type TransportOptions } from './transport-options.js';

/**
 * Creates the default transport: axios, with this package's adapter on Node's own HTTP client.
 *
 * It resolves for every status and follows no redirect (PROTOCOL K1). It keeps connections alive and retires them before the server does.
 * `timeoutMs` runs from the first packet of the connection to the last byte of the body. `close()` frees idle connections immediately and the
 * others when their answer is complete.
 *
 * @throws KiipConfigError naming every problem of the options. `send` rejects with one when a module cannot be loaded.
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { createTransport } from 'kiip-s2s/axios';
 *
 * const transport = createTransport({ proxy: 'http://proxy.internal:3128' });
 * const client = new KiipClient({ appKey: process.env['KIIP_APP_KEY'] ?? '', appVersion: '1.0', test: true, transport });
 * ```
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const { route, headers } = readTransportOptions(options);
  return new LazyTransport({ load: () => loadEngine(route), headers, factory: 'createTransport', module: 'axios' });
}
