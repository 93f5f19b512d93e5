import type { IncomingMessage } from 'node:http';

const withBrackets = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** The address others reach a server by that listens on `host`. One that listens everywhere is reached by loopback. */
export function baseUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${withBrackets(reachable)}:${port}`;
}

/** What decides which names a sandbox answers to. */
export interface OwnNames {
  /** The address it listens on. */
  readonly host: string;
  /** Names that the user allowed. */
  readonly allowedHosts?: readonly string[];
  /** The address that others were told. */
  readonly publicUrl?: URL | null;
}

/**
 * Guards against DNS rebinding: a page of a foreign site whose name was pointed at this machine carries that name in `Host`.
 * Accepted are loopback's own names, the host that was asked for, the public address, the address the connection came in on (an address
 * is never rebound) and the names that the user allowed.
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

  /** The address under which the sender of an allowed request knows the sandbox, or the public one; without a trailing slash. */
  describeOrigin({ headers: { host = '' } }: IncomingMessage): string {
    return this.#publicUrl === null ? `http://${host}` : this.#publicUrl.href.replace(/\/$/, '');
  }

  /**
   * Whether a browser sent this from another site than the sandbox's own pages. Browsers always send `Origin` on a cross-site POST, and
   * `Sec-Fetch-Site` to loopback; a program that sends neither is no browser.
   */
  isCrossSite({ headers }: IncomingMessage): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
    const { origin, host = '' } = headers;
    return origin !== undefined && origin !== `http://${host}` && origin !== this.#publicUrl?.origin;
  }
}
