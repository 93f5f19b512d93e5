import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether a host name or address (IPv6 with or without brackets) can only be this machine. */
export const isLoopbackName = (name: string): boolean => LOOPBACK.test(name);

const withBrackets = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** The address others reach a server by that listens on `host`. One that listens everywhere is reached by loopback. */
export function baseUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${withBrackets(reachable)}:${port}`;
}

/**
 * Guards against DNS rebinding: a page of a foreign site whose name was pointed at this machine carries that name in `Host`.
 * Accepted are loopback's own names, the host that was asked for, the address the connection came in on (an address is never rebound)
 * and the names that the user allowed.
 */
export class HostGuard {
  readonly #allowed: ReadonlySet<string>;

  constructor(host: string, allowedHosts: readonly string[]) {
    const names = ['localhost', '127.0.0.1', '[::1]', withBrackets(host), ...allowedHosts.map(withBrackets)];
    this.#allowed = new Set(names.map((name) => name.toLowerCase()));
  }

  allows({ headers: { host }, socket }: IncomingMessage): boolean {
    if (host === undefined) return false;
    const name = host.replace(/:\d*$/, '').toLowerCase();
    return this.#allowed.has(name) || name === withBrackets(socket.localAddress?.replace(/^::ffff:/, '') ?? '');
  }
}

/**
 * Whether a browser sent this from another site than the sandbox's own pages. Browsers always send `Origin` on a cross-site POST, and
 * `Sec-Fetch-Site` to loopback; a program that sends neither is no browser.
 */
export function isCrossSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return headers.origin !== undefined && headers.origin !== `http://${headers.host ?? ''}`;
}
