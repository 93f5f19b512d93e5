import { isIP } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { findEnvironmentProxy } from './env-proxy.js';
import type { TlsSettings, TlsSettingsPair } from './tls-settings.js';
import { isHttpUrl, type NodeHttpRoute } from './transport-options.js';

/** The parts that all requests to one URL share. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The pool key: connections with the same key may serve it. */
  readonly originKey: string;
  /** The server name for TLS; empty if the host is an address. */
  readonly servername: string;
  readonly hostHeader: string;
  /** The authorization header, from credentials in the URL. */
  readonly authorization: string | null;
  /** The authorization header for the proxy of a plain request. */
  readonly proxyAuthorization: string | null;
  /** The proxy that tunnels the TLS connection. */
  readonly tunnel: Proxy | null;
  /** The settings of the TLS connection to `host`. */
  readonly tls: TlsSettings | null;
}

/** A forward proxy. */
export interface Proxy {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly authorization: string | null;
  readonly tls: TlsSettings | null;
}

const KEEP = 32;

/** Parses each URL once, because a process calls only a handful of them. */
export class Targets {
  readonly #known = new Map<string, Target>();
  readonly #proxy: NodeHttpRoute['proxy'];
  readonly #tls: TlsSettingsPair;

  constructor(proxy: NodeHttpRoute['proxy'], tls: TlsSettingsPair) {
    this.#proxy = proxy;
    this.#tls = tls;
  }

  /**
   * Returns the target of a URL; `null` if it is not an http(s) URL.
   *
   * @throws KiipConfigError when the environment names an invalid proxy.
   */
  get(url: string): Target | null {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const direct = parseTarget(url, this.#tls.target);
    if (direct === null) return null;
    const proxy = this.#findProxy(url);
    const target = proxy === null ? direct : routeThrough(direct, proxy);
    if (this.#known.size >= KEEP) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }

  #findProxy(url: string): Proxy | null {
    if (this.#proxy.kind === 'none') return null;
    const proxyUrl = this.#proxy.kind === 'env' ? findEnvironmentProxy(url) : this.#proxy.url;
    return proxyUrl === null ? null : parseTarget(proxyUrl, this.#tls.proxy);
  }
}

/** Parses a URL; `null` if it is not an http(s) URL. */
function parseTarget(url: string, tls: TlsSettings | null): Target | null {
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
    servername: tls?.servername ?? (isIP(host) === 0 ? host : ''),
    hostHeader: parsed.host,
    authorization: auth ? encodeBasic(auth) : null,
    proxyAuthorization: null,
    tunnel: null,
    tls,
  };
}

function encodeBasic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** Sends a plain request to the proxy with the absolute URL, and TLS through a tunnel. */
function routeThrough(target: Target, proxy: Proxy): Target {
  if (target.secure) return { ...target, tunnel: proxy };
  const { secure, host, port, servername, tls, authorization: proxyAuthorization } = proxy;
  const path = `http://${target.hostHeader}${target.path}`;
  return {
    ...target,
    secure,
    host,
    port,
    servername,
    path,
    proxyAuthorization,
    tls,
    originKey: `proxy ${target.originKey}`,
  };
}
