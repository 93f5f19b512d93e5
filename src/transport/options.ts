import { KiipConfigError } from '../errors/index.js';

/** What `http.Agent`, `https.Agent` and the agents built on them have in common. */
export interface AgentLike {
  destroy(): void;
}

/** What an axios instance is to us: `axios.create()` and `new Axios()` fit, in any 1.x version. */
export interface AxiosLike {
  request(config: AxiosCall): Promise<unknown>;
}

/** The request config that a caller's instance is given: plain axios options. */
export interface AxiosCall {
  readonly url: string;
  readonly method: 'post';
  readonly headers: Record<string, string>;
  readonly data: string;
  readonly responseType: 'arraybuffer';
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly allowAbsoluteUrls: true;
  readonly maxRedirects: 0;
  readonly fetchOptions: { readonly redirect: 'manual' };
  readonly maxContentLength: number;
  readonly maxBodyLength: number;
  readonly decompress: true;
  readonly validateStatus: () => true;
  readonly transformRequest: ((data: unknown) => unknown)[];
  readonly transformResponse: ((data: unknown) => unknown)[];
}

/** A forward proxy in parts. */
export interface ProxyOptions {
  /** How to talk to the proxy itself; `http` by default. */
  readonly protocol?: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly auth?: { readonly username: string; readonly password: string };
}

/** How requests travel. At most one of the three. */
export interface TransportOptions {
  /**
   * Agents of your own (TLS settings, a proxy agent, metrics), for both protocols or for each. They stay yours to destroy. Default:
   * keep-alive pools made for this transport, which never reuse a connection that the server may be about to close.
   */
  readonly agent?: AgentLike | { readonly http?: AgentLike; readonly https?: AgentLike };
  /**
   * A forward proxy, as a URL (`http://user:password@proxy:3128`) or in parts. `https:` targets go through a CONNECT tunnel, so
   * the proxy sees the host only. Default: none. `HTTP_PROXY` and the like are not read: where players' data travels is this
   * program's decision; pass `process.env['HTTPS_PROXY']` to make it the environment's.
   */
  readonly proxy?: string | ProxyOptions;
  /**
   * An axios instance of your own, with its interceptors, adapter and defaults. Body, status handling, redirects, time limit, size
   * limit and signal remain ours. An interceptor that repeats requests can hand out a reward twice.
   */
  readonly axios?: AxiosLike;
}

/** The options once checked: one way to travel. */
export type Route =
  | { readonly axios: AxiosLike }
  | {
      readonly axios: null;
      readonly agents: { readonly http?: AgentLike; readonly https?: AgentLike };
      readonly proxyUrl: string | null;
    };

interface Issue {
  readonly path: string;
  readonly message: string;
}

const KNOWN = ['agent', 'proxy', 'axios'];

export function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAgent(value: unknown): value is AgentLike {
  return isObject(value) && typeof value['destroy'] === 'function';
}

function isAxios(value: unknown): value is AxiosLike {
  return (
    (isObject(value) || typeof value === 'function') && typeof (value as Partial<AxiosLike>).request === 'function'
  );
}

function readAgents(agent: unknown, issues: Issue[]): { http?: AgentLike; https?: AgentLike } {
  if (agent === undefined) return {};
  if (isAgent(agent)) return { http: agent, https: agent };
  if (!isObject(agent) || (agent['http'] === undefined && agent['https'] === undefined)) {
    issues.push({ path: 'agent', message: 'must be an http.Agent or https.Agent, or { http, https }' });
    return {};
  }
  const agents: { http?: AgentLike; https?: AgentLike } = {};
  for (const [name, value] of Object.entries(agent)) {
    if (name !== 'http' && name !== 'https')
      issues.push({ path: `agent.${name}`, message: 'is not known; the keys are http and https' });
    else if (isAgent(value)) agents[name] = value;
    else if (value !== undefined) issues.push({ path: `agent.${name}`, message: 'must be an agent' });
  }
  return agents;
}

/** No message repeats a value: a proxy's address may hold a password. */
function readProxy(proxy: unknown, issues: Issue[]): string | null {
  if (proxy === undefined) return null;
  if (typeof proxy === 'string') {
    if (isHttpUrl(proxy)) return proxy;
    issues.push({
      path: 'proxy',
      message: 'must be an http: or https: URL, such as http://user:password@proxy.internal:3128',
    });
    return null;
  }
  if (!isObject(proxy)) {
    issues.push({ path: 'proxy', message: 'must be a URL or { protocol?, host, port, auth? }' });
    return null;
  }
  const { protocol = 'http', host, port, auth } = proxy;
  const before = issues.length;
  if (protocol !== 'http' && protocol !== 'https')
    issues.push({ path: 'proxy.protocol', message: "must be 'http' or 'https'" });
  const authority =
    typeof host === 'string' && host.includes(':') && !host.startsWith('[') ? `[${host}]` : String(host);
  if (typeof host !== 'string' || /[/?#@\s]/.test(host) || !URL.canParse(`http://${authority}`)) {
    issues.push({ path: 'proxy.host', message: 'must be a host name or an address' });
  }
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    issues.push({ path: 'proxy.port', message: 'must be a whole number from 1 to 65535' });
  }
  let credentials = '';
  if (auth !== undefined) {
    if (!isObject(auth) || typeof auth['username'] !== 'string' || typeof auth['password'] !== 'string') {
      issues.push({ path: 'proxy.auth', message: 'must be { username, password }' });
    } else credentials = `${encodeURIComponent(auth['username'])}:${encodeURIComponent(auth['password'])}@`;
  }
  return issues.length > before ? null : `${String(protocol)}://${credentials}${authority}:${String(port)}`;
}

/** Checks the options of `createTransport`, all of them at once. */
export function readOptions(options: unknown): Route {
  const issues: Issue[] = [];
  const given = isObject(options) ? options : {};
  if (!isObject(options)) issues.push({ path: '', message: 'the options must be an object' });
  for (const name of Object.keys(given)) {
    if (!KNOWN.includes(name))
      issues.push({ path: name, message: `is not known; the options are ${KNOWN.join(', ')}` });
  }
  const used = KNOWN.filter((name) => given[name] !== undefined);
  if (used.length > 1) {
    const advice = 'an agent or an axios instance brings its own proxy';
    issues.push({ path: used.join(', '), message: `exclude each other, give one; ${advice}` });
  }
  const agents = readAgents(given['agent'], issues);
  const proxyUrl = readProxy(given['proxy'], issues);
  const axios = given['axios'];
  if (axios !== undefined && !isAxios(axios)) {
    issues.push({ path: 'axios', message: 'must be an axios instance, such as axios.create()' });
  }
  if (issues.length > 0) {
    const list = issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
    throw new KiipConfigError(
      `createTransport has ${issues.length} problem${issues.length === 1 ? '' : 's'}: ${list}.`,
      issues,
    );
  }
  return isAxios(axios) ? { axios } : { axios: null, agents, proxyUrl };
}
