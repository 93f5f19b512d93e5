import type { Carrier } from './carrier.js';
import { abortedBeforeStart, closedError } from './failure.js';
import { readOptions, type Route, type TransportOptions } from './options.js';
import type { Transport, TransportRequest, TransportResponse } from '../call/transport.js';

/** axios and Node's HTTP modules take most of the time to load this package: only who sends pays it. */
async function load(route: Route): Promise<Carrier> {
  if (route.axios !== null) {
    const { InstanceCarrier } = await import('./instance.js');
    return new InstanceCarrier(route.axios);
  }
  const { DirectCarrier } = await import('./direct.js');
  return new DirectCarrier(route.agents, route.proxyUrl);
}

class LazyTransport implements Transport {
  readonly enforcesLimits = true;
  readonly #route: Route;
  #carrier: Carrier | null = null;
  #loading: Promise<Carrier> | null = null;
  #closed = false;

  constructor(route: Route) {
    this.#route = route;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) return Promise.reject(closedError());
    if (request.signal?.aborted === true) return Promise.reject(abortedBeforeStart());
    return this.#carrier === null ? this.#loadAndSend(request) : this.#carrier.send(request);
  }

  async #loadAndSend(request: TransportRequest): Promise<TransportResponse> {
    this.#loading ??= load(this.#route);
    this.#carrier = await this.#loading;
    return this.send(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    (await this.#loading)?.close?.();
  }
}

/**
 * The default transport: HTTP POSTs through axios, in front of an adapter of this package on Node's own HTTP client.
 *
 * It answers for every status and follows no redirect (PROTOCOL K1), keeps connections alive and retires them before the server
 * does, and holds `timeoutMs` from the first packet of the connection to the last byte of the body. `close()` frees idle
 * connections at once and the others when their answer is complete.
 *
 * @throws KiipConfigError naming every problem of the options.
 * @example
 * const transport = createTransport({ proxy: 'http://proxy.internal:3128' });
 * const client = new KiipClient({ appKey, appVersion: '1.0', test: true, transport });
 */
export function createTransport(options: TransportOptions = {}): Transport {
  return new LazyTransport(readOptions(options));
}
