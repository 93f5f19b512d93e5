import type { TransportRequest, TransportResponse } from '../../call/transport.js';
import type { Engine } from '../engine.js';
import { Targets } from '../target.js';
import { buildInvalidUrlError } from '../transport-errors.js';
import type { Lease } from './dispatcher.js';
import { UndiciAttempt } from './undici-attempt.js';

/** The source of dispatchers: our stack of clients, or the caller. */
export interface LeaseSource {
  take(origin: string, wish: { readonly freshConnection: boolean }): Lease;
  close?(): void;
}

/** Sends through undici's dispatchers rather than its `request`, because their handlers tell whether the connection was made. */
export class UndiciEngine implements Engine {
  readonly #source: LeaseSource;
  readonly #targets = new Targets({ kind: 'none' }, { target: null, proxy: null });

  constructor(source: LeaseSource) {
    this.#source = source;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    const target = this.#targets.get(request.url);
    if (target === null) return Promise.reject(buildInvalidUrlError());
    const { originKey: origin, path, authorization } = target;
    const { method = 'POST', freshConnection = false } = request;
    const headers = completeHeaders(request.headers, authorization);
    const body = method === 'GET' ? null : request.body;
    const lease = this.#source.take(origin, { freshConnection });
    return new Promise((resolve, reject) => {
      const attempt = new UndiciAttempt(request, lease, resolve, reject);
      attempt.run({ origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0 });
    });
  }

  close(): void {
    this.#source.close?.();
  }
}

/**
 * Returns a new object for each request, because undici's `ProxyAgent` adds a header to it. Leaves out the length: undici counts the body itself
 * and refuses a different value.
 */
function completeHeaders(
  given: TransportRequest['headers'],
  authorization: string | null,
): TransportRequest['headers'] {
  const headers: Record<string, string> = authorization === null ? { ...given } : { authorization, ...given };
  delete headers['content-length'];
  return headers;
}
