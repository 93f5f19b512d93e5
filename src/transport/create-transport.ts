import type { Transport, TransportRequest, TransportResponse } from '../call/transport.js';
import { KiipConfigError } from '../errors/index.js';
import type { Engine } from './engine.js';
import { buildAbortedError, buildClosedError, buildLoadError } from './transport-errors.js';
import { readTransportOptions, type Route, type TransportOptions } from './transport-options.js';

/** axios and Node's HTTP modules take most of the time to load this package: only who sends pays it. */
async function load(route: Route): Promise<Engine> {
  if (route.kind === 'axios') {
    const { AxiosInstanceEngine } = await import('./axios-instance.js');
    return new AxiosInstanceEngine(route.axios);
  }
  const { NodeHttpEngine } = await import('./node-http.js');
  return new NodeHttpEngine(route);
}

class LazyTransport implements Transport {
  readonly enforcesLimits = true;
  readonly #route: Route;
  readonly #headers: Readonly<Record<string, string>> | null;
  #engine: Engine | null = null;
  #loading: Promise<Engine> | null = null;
  #closed = false;

  constructor(route: Route, headers: Readonly<Record<string, string>> | null) {
    this.#route = route;
    this.#headers = headers;
  }

  send(given: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) return Promise.reject(buildClosedError());
    if (given.signal?.aborted === true) return Promise.reject(buildAbortedError());
    // The caller's come first, so that ours replace them.
    const request = this.#headers === null ? given : { ...given, headers: { ...this.#headers, ...given.headers } };
    return this.#engine === null ? this.#loadAndSend(request) : this.#engine.send(request);
  }

  async #loadAndSend(request: TransportRequest): Promise<TransportResponse> {
    this.#loading ??= load(this.#route);
    let engine: Engine;
    try {
      engine = await this.#loading;
    } catch (error) {
      // Asked anew by the next request: a module may be installed, or a permission given, in the meantime.
      this.#loading = null;
      throw error instanceof KiipConfigError ? error : buildLoadError(error, 'axios');
    }
    this.#engine = engine;
    if (this.#closed) throw buildClosedError();
    if (request.signal?.aborted === true) throw buildAbortedError();
    return engine.send(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const engine = await this.#loading?.catch(() => null);
    engine?.close?.();
  }
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
  return new LazyTransport(route, headers);
}
