import { KiipConfigError } from '../errors/index.js';
import type { Carrier } from './carrier.js';
import { abortedBeforeStart, closedError } from './failure.js';
import type { Transport, TransportRequest, TransportResponse } from './transport.js';

/** What `http.Agent`, `https.Agent` and the agents built on them have in common. */
export interface AgentLike {
  destroy(): void;
}

export interface TransportOptions {
  readonly agent?: AgentLike | { readonly http?: AgentLike; readonly https?: AgentLike };
}

class LazyTransport implements Transport {
  readonly enforcesLimits = true;
  readonly #load: () => Promise<Carrier>;
  #carrier: Carrier | null = null;
  #loading: Promise<Carrier> | null = null;
  #closed = false;

  constructor(load: () => Promise<Carrier>) {
    this.#load = load;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) return Promise.reject(closedError());
    if (request.signal?.aborted === true) return Promise.reject(abortedBeforeStart());
    return this.#carrier === null ? this.#sendFirst(request) : this.#carrier.send(request);
  }

  async #sendFirst(request: TransportRequest): Promise<TransportResponse> {
    this.#loading ??= this.#load();
    this.#carrier = await this.#loading;
    return this.send(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    (await this.#loading)?.close();
  }
}

export function createTransport(options: TransportOptions = {}): Transport {
  void options;
  void KiipConfigError;
  return new LazyTransport(async () => {
    const { DirectCarrier } = await import('./direct.js');
    return new DirectCarrier({});
  });
}
