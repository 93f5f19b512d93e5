import type { AxiosRequestConfig, AxiosResponse, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type http from 'node:http';
import { HttpAttempt, type Outcome } from './http-attempt.js';
import type { Engine } from './engine.js';
import { buildInvalidUrlError } from './transport-errors.js';
import { createPooledAgent, dropIdle, type PooledAgent } from './agents.js';
import type { KiipConfigError } from '../errors/index.js';
import type { NodeHttpRoute } from './transport-options.js';
import { Targets, type Target } from './target.js';
import { buildTlsSettings } from './tls-settings.js';
import { TransportError, type TransportRequest, type TransportResponse } from '../call/transport.js';

function unwrap({ data }: AxiosResponse<Outcome>): TransportResponse {
  if (data instanceof TransportError) throw data;
  return data;
}

/**
 * The default engine: a bare axios with our own adapter. Without defaults, headers and transforms, and with one opaque object as data, axios has
 * almost nothing to merge, clone or normalize (`node bench/run.mjs profile` shows the rest).
 */
export class NodeHttpEngine implements Engine {
  readonly #axios: InstanceType<AxiosStatic['Axios']>;
  /** The adapter that axios calls. It returns failures as results, because axios would rewrite the stack of a thrown error. */
  readonly #adapter: (config: InternalAxiosRequestConfig<HttpAttempt>) => Promise<AxiosResponse<Outcome>>;
  readonly #targets: Targets;
  readonly #agents: { readonly http: http.Agent | undefined; readonly https: http.Agent | undefined };
  #httpPool: PooledAgent | undefined;
  #httpsPool: PooledAgent | undefined;

  /** @throws KiipConfigError when the TLS settings cannot be used. */
  constructor({ Axios, AxiosHeaders }: AxiosStatic, { agents, proxy, tls }: NodeHttpRoute) {
    this.#axios = new Axios();
    const headers = new AxiosHeaders();
    this.#adapter = (config) =>
      new Promise((resolve, reject) => {
        if (config.data === undefined) reject(new TypeError('an attempt is missing'));
        else config.data.run((data) => resolve({ data, status: 0, statusText: '', headers, config }));
      });
    // The options accept anything with `destroy` as an agent; Node refuses the rest.
    this.#agents = { http: agents.http as http.Agent | undefined, https: agents.https as http.Agent | undefined };
    this.#targets = new Targets(proxy, buildTlsSettings(tls));
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    let target: Target | null;
    try {
      target = this.#targets.get(request.url);
    } catch (error) {
      return Promise.reject(error as KiipConfigError);
    }
    if (target === null) return Promise.reject(buildInvalidUrlError());
    const agent = this.#chooseAgent(target, request);
    const data = new HttpAttempt(request, target, agent, completeHeaders(request.headers, target));
    const config: AxiosRequestConfig<HttpAttempt> = { adapter: this.#adapter, data };
    return this.#axios.request<Outcome>(config).then(unwrap);
  }

  /** Closes our own agents only, never the caller's. */
  close(): void {
    this.#httpPool?.close();
    this.#httpsPool?.close();
  }

  #chooseAgent({ secure, host, port }: Target, { freshConnection }: TransportRequest): http.Agent {
    const callers = secure ? this.#agents.https : this.#agents.http;
    if (callers === undefined) {
      if (secure) return (this.#httpsPool ??= createPooledAgent('https'));
      return (this.#httpPool ??= createPooledAgent('http'));
    }
    if (freshConnection) dropIdle(callers, host, port);
    return callers;
  }
}

/**
 * Adds the headers that the URL and the proxy need, in the order in which they are written. Returns a new object for each request, because tracing
 * agents add headers to it.
 */
function completeHeaders(given: TransportRequest['headers'], target: Target): Record<string, string> {
  const headers: Record<string, string> = { host: target.hostHeader, ...given };
  if (target.authorization !== null) headers['authorization'] ??= target.authorization;
  if (target.proxyAuthorization !== null) headers['proxy-authorization'] = target.proxyAuthorization;
  return headers;
}
