import { Axios, AxiosHeaders, type AxiosRequestConfig, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type http from 'node:http';
import { Attempt, type Outcome } from './attempt.js';
import type { Carrier } from './carrier.js';
import { createPoolAgent, dropStale } from './pool.js';
import { Targets, type Target } from './target.js';
import { TransportError, type TransportRequest, type TransportResponse } from './transport.js';

/** Agents of the caller, by the protocol of the target. */
export interface Agents {
  readonly http?: http.Agent | undefined;
  readonly https?: http.Agent | undefined;
}

interface AttemptConfig extends AxiosRequestConfig {
  attempt: Attempt;
}

const noHeaders = new AxiosHeaders();

/**
 * What axios calls to move bytes. Config and answer hold one opaque object each, so that axios has nothing to merge, clone or
 * normalize, and failures are results: axios would rewrite the stack of an error thrown through it.
 */
async function adapter(config: InternalAxiosRequestConfig): Promise<AxiosResponse<Outcome>> {
  const data = await (config as InternalAxiosRequestConfig & AttemptConfig).attempt.run();
  return { data, status: 0, statusText: '', headers: noHeaders, config };
}

/** The default path: a bare axios, without defaults or transforms, in front of our own adapter with a keep-alive pool. */
export class DirectCarrier implements Carrier {
  readonly #axios = new Axios({ adapter });
  readonly #targets = new Targets();
  readonly #agents: { http?: http.Agent; https?: http.Agent };
  readonly #own: http.Agent[] = [];
  #flatFor: TransportRequest['headers'] | null = null;
  #flatTarget: Target | null = null;
  #flat: readonly string[] = [];

  constructor(agents: Agents) {
    this.#agents = { ...(agents.http && { http: agents.http }), ...(agents.https && { https: agents.https }) };
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const target = this.#targets.get(request.url);
    const agent = this.#agent(target.secure);
    dropStale(agent, target.originKey, request.freshConnection === true);
    const config: AttemptConfig = { attempt: new Attempt(request, target, agent, this.#flatten(request.headers, target)) };
    const { data } = await this.#axios.request<Outcome>(config);
    if (data instanceof TransportError) throw data;
    return data;
  }

  close(): void {
    for (const agent of this.#own) agent.destroy();
  }

  #agent(secure: boolean): http.Agent {
    const known = secure ? this.#agents.https : this.#agents.http;
    if (known !== undefined) return known;
    const agent = createPoolAgent(secure);
    this.#own.push(agent);
    return secure ? (this.#agents.https = agent) : (this.#agents.http = agent);
  }

  /** Name, value, name, value: what node writes out as it is. A frozen object cannot change, so its list is made once. */
  #flatten(headers: TransportRequest['headers'], target: Target): readonly string[] {
    if (headers === this.#flatFor && target === this.#flatTarget) return this.#flat;
    const flat: string[] = headers['host'] === undefined ? ['host', target.hostHeader] : [];
    for (const [name, value] of Object.entries(headers)) if (name !== 'content-length') flat.push(name, value);
    if (target.authorization !== null && headers['authorization'] === undefined) flat.push('authorization', target.authorization);
    if (Object.isFrozen(headers)) {
      this.#flatFor = headers;
      this.#flatTarget = target;
      this.#flat = flat;
    }
    return flat;
  }
}
