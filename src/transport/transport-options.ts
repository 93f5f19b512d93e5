import { parseUrl } from '../check/base-url.js';
import { listIssues } from '../check/issues.js';
import { listOptionIssues, refuseOptions } from '../check/check-options.js';
import { having } from '../check/rules.js';
import type { ValidationIssue } from '../errors/index.js';
import * as z from '../zod.js';
import { tlsRules, type TlsOptions } from './tls-options.js';

/** The part that `http.Agent`, `https.Agent` and agents built on them share. */
export interface AgentLike {
  destroy(): void;
}

/** The part of an axios instance that is needed. `axios.create()` and `new Axios()` of any 1.x version fit. */
export interface AxiosLike {
  request(config: AxiosCall): Promise<unknown>;
}

/** The request config that the caller's instance gets: plain axios options. */
export interface AxiosCall {
  readonly url: string;
  readonly method: 'post' | 'get';
  readonly headers: Record<string, string>;
  readonly data: string | undefined;
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
  /** The protocol of the connection to the proxy itself. @defaultValue `'http'` */
  readonly protocol?: 'http' | 'https' | undefined;
  /** The proxy's host name or address. */
  readonly host: string;
  /** The proxy's port. */
  readonly port: number;
  /** Credentials for the proxy. @defaultValue none */
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
}

/** Options of `createTransport`. Set at most one of `agent`, `proxy` and `axios`. */
export interface TransportOptions {
  /**
   * Your own agents (a proxy agent, metrics): one for both protocols, or one for each. The transport never destroys them.
   * @defaultValue keep-alive pools made for this transport, which never reuse a connection that the server may be about to close
   */
  readonly agent?:
    AgentLike | { readonly http?: AgentLike | undefined; readonly https?: AgentLike | undefined } | undefined;
  /**
   * A forward proxy, as a URL (`http://user:password@proxy:3128`) or in parts. `https:` targets go through a CONNECT
   * tunnel, so the proxy sees only the host. `'env'` reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` when
   * a URL is first used. Without this option the environment is ignored, because your program decides where players'
   * data travels.
   * @defaultValue none
   */
  readonly proxy?: 'env' | (string & {}) | ProxyOptions | undefined;
  /**
   * Your own axios instance, with its interceptors, adapter and defaults. The transport still controls body, status handling, redirects, time limit,
   * size limit and signal. Interceptors must return the whole response and must not repeat requests, which can hand out a reward twice.
   * @defaultValue none
   */
  readonly axios?: AxiosLike | undefined;
  /**
   * TLS settings such as `{ ca, cert, key }`, also used inside a proxy's tunnel. Not allowed with `agent` or `axios`, which bring their own.
   * @defaultValue Node's own
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * Extra headers for every request, such as a gateway's key. They never replace the client's own headers.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A route through Node's own HTTP client. */
export interface NodeHttpRoute {
  readonly kind: 'node';
  readonly agents: { readonly http?: AgentLike | undefined; readonly https?: AgentLike | undefined };
  /** The proxy: one URL, the environment's, or none. */
  readonly proxy: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'env' } | { readonly kind: 'none' };
  readonly tls: TlsOptions | null;
}

/** The checked options: exactly one route. */
export type Route = { readonly kind: 'axios'; readonly axios: AxiosLike } | NodeHttpRoute;

export function isHttpUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && /^https?:$/.test(url.protocol);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isAgent = (value: unknown): value is AgentLike => isObject(value) && typeof value['destroy'] === 'function';

const checkedApart = z.optional(z.unknown());
const optionRules = z.strictObject({
  agent: checkedApart,
  proxy: checkedApart,
  axios: having<AxiosLike>(['request'], 'an axios instance, such as axios.create()'),
  tls: tlsRules(),
  headers: checkedApart,
});

const agentRule = () => z.optional(z.custom((value) => value === undefined || isAgent(value), 'must be an agent'));
const agentRules = z.strictObject({ http: agentRule(), https: agentRule() });

const isHost = (host: unknown): boolean =>
  typeof host === 'string' && !/[/?#@\s]/.test(host) && parseUrl(`http://${bracket(host)}`) !== null;
const PORT_RULE = 'must be a whole number from 1 to 65535';
const proxyRules = z.strictObject({
  protocol: z.optional(z.enum(['http', 'https'], "must be 'http' or 'https'")),
  host: z.custom(isHost, 'must be a host name or an address'),
  port: z.int(PORT_RULE).refine((port) => port >= 1 && port <= 65_535, PORT_RULE),
  auth: z.optional(
    z.strictObject(
      { username: z.string('must be text'), password: z.string('must be text') },
      'must be { username, password }',
    ),
  ),
});

/** Puts an IPv6 address in brackets, as URLs do. */
const bracket = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

function listAgentIssues(agent: unknown): ValidationIssue[] {
  if (agent === undefined || isAgent(agent)) return [];
  if (!isObject(agent) || Object.keys(agent).length === 0)
    return [{ path: 'agent', message: 'must be an http.Agent or https.Agent, or { http, https }' }];
  return listIssues(agentRules, agent, 'agent');
}

/** The messages quote no value, because a proxy's address may hold a password. */
function listProxyIssues(proxy: unknown): ValidationIssue[] {
  if (proxy === undefined || proxy === 'env') return [];
  if (isObject(proxy)) return listIssues(proxyRules, proxy, 'proxy');
  if (typeof proxy === 'string' && isHttpUrl(proxy)) return [];
  const message =
    "must be 'env', { host, port }, or an http: or https: URL, such as http://user:password@proxy.internal:3128";
  return [{ path: 'proxy', message }];
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** The headers that frame a request, which only the HTTP client may set. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The messages quote no value, because it may be a gateway's key. */
function listHeaderIssues(headers: unknown): ValidationIssue[] {
  if (headers === undefined) return [];
  if (!isObject(headers) || Array.isArray(headers))
    return [{ path: 'headers', message: "must be an object such as { 'x-gateway-key': '…' }" }];
  return Object.entries(headers).flatMap(([name, value]) => {
    if (!HEADER_NAME.test(name))
      return [{ path: 'headers', message: 'has an invalid header name: use letters, digits and dashes' }];
    const path = `headers.${name}`;
    if (FRAMING.has(name.toLowerCase())) return [{ path, message: 'cannot be set: the HTTP client sends its own' }];
    if (typeof value === 'string' && HEADER_VALUE.test(value)) return [];
    return [{ path, message: 'must be text without line breaks or other control characters' }];
  });
}

function listConflicts(given: Readonly<Record<string, unknown>>): ValidationIssue[] {
  const used = ['agent', 'proxy', 'axios'].filter((name) => given[name] !== undefined);
  const advice = 'an agent or an axios instance brings its own';
  const issues: ValidationIssue[] = [];
  if (used.length > 1)
    issues.push({ path: used.join(', '), message: `cannot be used together, pass one of them: ${advice} proxy` });
  if (given['tls'] !== undefined && (used.includes('agent') || used.includes('axios')))
    issues.push({ path: 'tls', message: `cannot be used with agent or axios: ${advice} TLS settings` });
  return issues;
}

function readProxy(proxy: TransportOptions['proxy']): NodeHttpRoute['proxy'] {
  if (proxy === undefined) return { kind: 'none' };
  if (proxy === 'env') return { kind: 'env' };
  if (typeof proxy === 'string') return { kind: 'url', url: proxy };
  const { protocol = 'http', host, port, auth } = proxy;
  const credentials =
    auth === undefined ? '' : `${encodeURIComponent(auth.username)}:${encodeURIComponent(auth.password)}@`;
  return { kind: 'url', url: `${protocol}://${credentials}${bracket(host)}:${port}` };
}

/** Checks all options of `createTransport` and reports every problem at once. */
export function readTransportOptions(options: TransportOptions): {
  readonly route: Route;
  /** The extra headers in lower case, or `null`. */
  readonly headers: Readonly<Record<string, string>> | null;
} {
  const given: Record<string, unknown> = isObject(options) ? options : {};
  refuseOptions('createTransport', [
    ...listConflicts(given),
    ...listAgentIssues(given['agent']),
    ...listProxyIssues(given['proxy']),
    ...listOptionIssues(optionRules, options),
    ...listHeaderIssues(given['headers']),
  ]);
  const { agent, proxy, axios, tls, headers } = options;
  const lowerCase = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    route:
      axios === undefined
        ? {
            kind: 'node',
            agents: isAgent(agent) ? { http: agent, https: agent } : { ...agent },
            proxy: readProxy(proxy),
            tls: tls ?? null,
          }
        : { kind: 'axios', axios },
    headers: lowerCase.length === 0 ? null : Object.fromEntries(lowerCase),
  };
}
