import type { IncomingMessage } from 'node:http';

const withBrackets = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** The address of a server that listens on `host`; a loopback address if it listens everywhere. */
export function baseUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${withBrackets(reachable)}:${port}`;
}

/** The names that a sandbox answers to. */
export interface OwnNames {
  /** The address it listens on. */
  readonly host: string;
  /** Names that the user allowed. */
  readonly allowedHosts?: readonly string[];
  /** The public address. */
  readonly publicUrl?: URL | null;
}

/**
 * Guards against DNS rebinding: a foreign site whose name was pointed at this machine sends that name in `Host`. Accepts loopback's names,
 * the configured host, the public address, the IP address of the connection (an IP address cannot be rebound) and the names that the user
 * allowed.
 */
export class HostGuard {
  readonly #allowed: ReadonlySet<string>;
  readonly #publicUrl: URL | null;

  constructor({ host, allowedHosts = [], publicUrl = null }: OwnNames) {
    const names = ['localhost', '127.0.0.1', '[::1]', host, ...allowedHosts].map(withBrackets);
    if (publicUrl !== null) names.push(publicUrl.hostname);
    this.#allowed = new Set(names.map((name) => name.toLowerCase()));
    this.#publicUrl = publicUrl;
  }

  allows({ headers: { host }, socket }: IncomingMessage): boolean {
    if (host === undefined) return false;
    const name = host.replace(/:\d*$/, '').toLowerCase();
    return this.#allowed.has(name) || name === withBrackets(socket.localAddress?.replace(/^::ffff:/, '') ?? '');
  }

  /** The public address, or the address by which the sender knows the sandbox; without a trailing slash. */
  describeOrigin({ headers: { host = '' } }: IncomingMessage): string {
    return this.#publicUrl === null ? `http://${host}` : this.#publicUrl.href.replace(/\/$/, '');
  }

  /**
   * Whether a browser sent this from a site other than the sandbox's own pages. Browsers always send `Origin` on a cross-site POST, and
   * `Sec-Fetch-Site` to loopback; programs send neither.
   */
  isCrossSite({ headers }: IncomingMessage): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
    const { origin, host = '' } = headers;
    return origin !== undefined && origin !== `http://${host}` && origin !== this.#publicUrl?.origin;
  }
}
