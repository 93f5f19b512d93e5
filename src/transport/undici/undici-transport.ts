import type { Transport } from '../../call/transport.js';
import { checkOptions } from '../../check/options.js';
import { having } from '../../check/rules.js';
import * as z from '../../zod.js';
import { LazyTransport } from '../lazy-transport.js';
import type { DispatcherLike } from './dispatcher.js';

/** How requests travel through undici. */
export interface UndiciTransportOptions {
  /**
   * A dispatcher of your own: a `ProxyAgent`, a `MockAgent`, an `Agent` with certificates (`new Agent({ connect: { ca } })`). It stays yours
   * to close, and chooses its connections itself. @defaultValue clients made for this transport, each with one connection
   */
  readonly dispatcher?: DispatcherLike | undefined;
}

const optionRules = z.strictObject({
  dispatcher: having<DispatcherLike>(['dispatch'], 'a dispatcher of undici, such as new ProxyAgent(url)'),
});

/**
 * A transport on undici, the fastest there is for Node: HTTP requests through the package `undici`, version 7 or later, which you install.
 *
 * It keeps to what every transport of this package does: answers for every status, no redirect followed (PROTOCOL K1), `timeoutMs` from the
 * first packet of the connection to the last byte of the body, and idle connections that are retired before the server closes them.
 *
 * @throws KiipConfigError naming every problem of the options. `send` rejects with one when undici cannot be loaded.
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { undiciTransport } from 'kiip-s2s/undici';
 *
 * const transport = undiciTransport();
 * const client = new KiipClient({ appKey: process.env['KIIP_APP_KEY'] ?? '', appVersion: '1.0', test: true, transport });
 * ```
 */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  checkOptions('undiciTransport', optionRules, options);
  const { dispatcher } = options;
  const load = async () => {
    const { UndiciEngine } = await import('./undici-engine.js');
    if (dispatcher !== undefined) {
      const lease = { dispatcher, release: (): void => {}, discard: (): void => {} };
      return new UndiciEngine({ take: () => lease });
    }
    const [undici, { ClientStack }] = await Promise.all([import('undici'), import('./client-stack.js')]);
    return new UndiciEngine(new ClientStack(undici));
  };
  return new LazyTransport({ load, headers: null, factory: 'undiciTransport', module: 'undici' });
}
