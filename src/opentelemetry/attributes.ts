import type { Attributes } from '@opentelemetry/api';

/** The server and the path of an endpoint, by the stable HTTP conventions. `url.template` is a path without an id, so it is what was configured. */
export function readEndpoint(endpoint: string): Attributes {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  return {
    'server.address': stripBrackets(hostname),
    'server.port': port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    'url.scheme': protocol.slice(0, -1),
    'url.template': pathname,
  };
}

/** The server of a call that made no request: the port is known only when it was named. */
export function readHost(host: string): Attributes {
  const { hostname, port } = new URL(`unsent://${host}`);
  return { 'server.address': stripBrackets(hostname), ...(port !== '' && { 'server.port': Number(port) }) };
}

/** An IPv6 address stands in brackets in a URL only. */
const stripBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
