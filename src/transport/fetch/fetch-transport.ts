import { checkOptions } from '../../check/check-options.js';
import { callable } from '../../check/rules.js';
import { TransportError, type Transport, type TransportRequest, type TransportResponse } from '../../call/transport.js';
import * as z from '../../zod.js';
import { buildAbortedError, buildClosedError, buildInvalidUrlError } from '../transport-errors.js';
import { isHttpUrl } from '../transport-options.js';
import { FetchAttempt } from './fetch-attempt.js';
import type { FetchLike } from './fetch-like.js';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /**
   * The function to call, such as that of a service binding or one that a tracing library wraps.
   * @defaultValue the global `fetch`, looked up at each request
   */
  readonly fetch?: FetchLike | undefined;
}

const optionRules = z.strictObject({ fetch: callable() });

/**
 * Creates a transport on `fetch` (`kiip-s2s/fetch`), for runtimes without Node's HTTP client: workers, Edge functions, Deno, Bun.
 *
 * It enforces `timeoutMs`, `maxResponseBytes` and the signal itself and follows no redirect (PROTOCOL K1). `fetch` does not tell whether the
 * connection was made, so a failed request counts as sent, and a moment is not repeated after a network error.
 *
 * @throws KiipConfigError naming every problem of the options.
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { fetchTransport } from 'kiip-s2s/fetch';
 *
 * const transport = fetchTransport();
 * const client = new KiipClient({ appKey: process.env['KIIP_APP_KEY'] ?? '', appVersion: '1.0', test: true, transport });
 * ```
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  checkOptions('fetchTransport', optionRules, options);
  return new FetchTransport(options.fetch);
}

class FetchTransport implements Transport {
  readonly enforcesLimits = true;
  readonly #fetch: FetchLike | undefined;
  #closed = false;

  constructor(given: FetchLike | undefined) {
    this.#fetch = given;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) return Promise.reject(buildClosedError());
    if (request.signal?.aborted === true) return Promise.reject(buildAbortedError());
    if (!isHttpUrl(request.url)) return Promise.reject(buildInvalidUrlError());
    if (!areHeadersValid(request.headers))
      return Promise.reject(new TransportError({ kind: 'connection', reason: 'ERR_INVALID_CHAR', maybeSent: false }));
    // Call the global `fetch` as a plain function, because workers refuse it as a method of another object.
    const send: FetchLike = this.#fetch ?? ((url, init) => fetch(url, init));
    return new Promise((resolve, reject) => new FetchAttempt(request, resolve, reject).run(send));
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

/** Checks the headers beforehand, because `fetch` would report them only as a general failure. */
function areHeadersValid(headers: Readonly<Record<string, string>>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}
