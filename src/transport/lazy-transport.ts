import type { Transport, TransportRequest, TransportResponse } from '../call/transport.js';
import { KiipConfigError } from '../errors/index.js';
import type { Engine } from './engine.js';
import { buildAbortedError, buildClosedError, buildLoadError } from './transport-errors.js';

/** How an engine is loaded, and what to say when it cannot be. */
export interface LazyTransportOptions {
  load(): Promise<Engine>;
  /** Extra headers for every request; `null` without any. */
  readonly headers: Readonly<Record<string, string>> | null;
  /** The function that made the transport. */
  readonly factory: string;
  /** The package that the engine needs. */
  readonly module: string;
}

/** A transport whose engine is loaded by its first request. */
export class LazyTransport implements Transport {
  readonly enforcesLimits = true;
  readonly #options: LazyTransportOptions;
  #engine: Engine | null = null;
  #loading: Promise<Engine> | null = null;
  #closed = false;

  constructor(options: LazyTransportOptions) {
    this.#options = options;
  }

  send(given: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) return Promise.reject(buildClosedError());
    if (given.signal?.aborted === true) return Promise.reject(buildAbortedError());
    // The caller's come first, so that ours replace them.
    const { headers } = this.#options;
    const request = headers === null ? given : { ...given, headers: { ...headers, ...given.headers } };
    return this.#engine === null ? this.#loadAndSend(request) : this.#engine.send(request);
  }

  async #loadAndSend(request: TransportRequest): Promise<TransportResponse> {
    this.#loading ??= this.#options.load();
    let engine: Engine;
    try {
      engine = await this.#loading;
    } catch (error) {
      // Asked anew by the next request: a module may be installed, or a permission given, in the meantime.
      this.#loading = null;
      throw error instanceof KiipConfigError ? error : buildLoadError(error, this.#options);
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
