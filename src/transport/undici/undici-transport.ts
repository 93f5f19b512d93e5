import type { Transport } from '../../call/transport.js';
import { checkOptions } from '../../check/check-options.js';
import { having } from '../../check/rules.js';
import * as z from '../../zod.js';
import { LazyTransport } from '../lazy-transport.js';
import type { DispatcherLike } from './dispatcher.js';

/** Options of {@link undiciTransport}. */
export interface UndiciTransportOptions {
  /**
   * Your own dispatcher: a `ProxyAgent`, a `MockAgent`, or an `Agent` with certificates
   * (`new Agent({ connect: { ca } })`). It chooses its connections itself, and the transport never closes it.
   * @defaultValue clients created for this transport, each with one connection
   */
  readonly dispatcher?: DispatcherLike | undefined;
}

const optionRules = z.strictObject({
  dispatcher: having<DispatcherLike>(['dispatch'], 'a dispatcher of undici, such as new ProxyAgent(url)'),
});

/**
 * Creates a transport on `undici`, the fastest one for Node. Install `undici` 7 or later beside this package.
 *
 * Like the default transport, it resolves for every status and follows no redirect (PROTOCOL K1), counts `timeoutMs` from the first packet of the
 * connection to the last byte of the body, and retires idle connections before the server closes them.
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
