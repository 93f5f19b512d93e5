import { isIP } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { isHttpUrl } from './options.js';

/** What every request to one URL has in common. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Names the connections that may serve it. */
  readonly originKey: string;
  /** For TLS; empty when the host is an address. */
  readonly servername: string;
  readonly hostHeader: string;
  /** From credentials in the URL. */
  readonly authorization: string | null;
  /** For the proxy that carries a plain request. */
  readonly proxyAuthorization: string | null;
  /** The proxy through which a TLS connection is made. */
  readonly tunnel: Proxy | null;
}

/** A forward proxy. */
export interface Proxy {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly authorization: string | null;
}

const KEEP = 32;

/** Parses each URL once: a process talks to a handful of them. */
export class Targets {
  readonly #known = new Map<string, Target>();
  readonly #proxy: Proxy | null;

  constructor(proxy: Proxy | null) {
    this.#proxy = proxy;
  }

  /** `null`: not an http(s) URL. */
  get(url: string): Target | null {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const direct = parseTarget(url);
    if (direct === null) return null;
    const target = this.#proxy === null ? direct : throughProxy(direct, this.#proxy);
    if (this.#known.size >= KEEP) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }
}

function parseTarget(url: string): Target | null {
  if (!isHttpUrl(url)) return null;
  const parsed = new URL(url);
  const { hostname, port, path, auth } = urlToHttpOptions(parsed);
  const secure = parsed.protocol === 'https:';
  const host = (hostname ?? '').replace(/^\[|\]$/g, '');
  return {
    secure,
    host,
    port: Number(port || (secure ? 443 : 80)),
    path: path ?? '/',
    originKey: parsed.origin,
    servername: isIP(host) === 0 ? host : '',
    hostHeader: parsed.host,
    authorization: auth ? basic(auth) : null,
    proxyAuthorization: null,
    tunnel: null,
  };
}

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** A plain request goes to the proxy with its whole address; TLS goes through a tunnel. */
function throughProxy(target: Target, proxy: Proxy): Target {
  if (target.secure) return { ...target, tunnel: proxy };
  const { secure, host, port, servername, authorization: proxyAuthorization } = proxy;
  const path = `http://${target.hostHeader}${target.path}`;
  return {
    ...target,
    secure,
    host,
    port,
    servername,
    path,
    proxyAuthorization,
    originKey: `proxy ${target.originKey}`,
  };
}

/** `null`: not an http(s) URL. */
export function parseProxy(url: string): Proxy | null {
  const target = parseTarget(url);
  if (target === null) return null;
  const { secure, host, port, servername, authorization } = target;
  return { secure, host, port, servername, authorization };
}
