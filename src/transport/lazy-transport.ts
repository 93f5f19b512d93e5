import type { Transport, TransportRequest, TransportResponse } from '../call/transport.js';
import { KiipConfigError } from '../errors/index.js';
import type { Engine } from './engine.js';
import { buildAbortedError, buildClosedError, buildLoadError } from './transport-errors.js';

/** How to load an engine, and the names for the error message if that fails. */
export interface LazyTransportOptions {
  load(): Promise<Engine>;
  /** Extra headers for every request, or `null`. */
  readonly headers: Readonly<Record<string, string>> | null;
  /** The function that created the transport. */
  readonly factory: string;
  /** The package that the engine needs. */
  readonly module: string;
}

/** A transport that loads its engine with the first request. */
export class LazyTransport implements Transport {
  readonly enforcesLimits = true;
  readonly #options: LazyTransportOptions;
  #engine: Engine | null = null;
  #closed = false;

  constructor(options: LazyTransportOptions) {
    this.#options = options;
  }

  send(given: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) return Promise.reject(buildClosedError());
    if (given.signal?.aborted === true) return Promise.reject(buildAbortedError());
    // Spread the caller's headers first, so that ours win.
    const { headers } = this.#options;
    const request = headers === null ? given : { ...given, headers: { ...headers, ...given.headers } };
    return this.#engine === null ? this.#loadAndSend(request) : this.#engine.send(request);
  }

  /**
   * Each request that arrives before the engine is loaded loads it itself, and the first engine stays. The requests
   * cannot share one promise: a worker's runtime ties a promise to the request that made it, so the others would wait
   * for ever once that request is cancelled. When loading fails, the next request tries again; by then a module may be
   * installed or a permission granted.
   */
  async #loadAndSend(request: TransportRequest): Promise<TransportResponse> {
    try {
      const engine = await this.#options.load();
      this.#engine ??= engine;
    } catch (error) {
      throw error instanceof KiipConfigError ? error : buildLoadError(error, this.#options);
    }
    if (this.#closed) throw buildClosedError();
    if (request.signal?.aborted === true) throw buildAbortedError();
    return this.#engine.send(request);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#engine?.close?.();
    return Promise.resolve();
  }
}
