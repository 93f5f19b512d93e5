import type { Attributes } from '@opentelemetry/api';

/**
 * Describes an endpoint with the attributes of the stable HTTP conventions. `url.template` is the configured path,
 * which holds no id.
 */
export function readEndpoint(endpoint: string): Attributes {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  return {
    'server.address': stripBrackets(hostname),
    'server.port': port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    'url.scheme': protocol.slice(0, -1),
    'url.template': pathname,
  };
}

/** Describes the server of a call that made no request. Its port is known only if the base URL names one. */
export function readHost(host: string): Attributes {
  const { hostname, port } = new URL(`unsent://${host}`);
  return { 'server.address': stripBrackets(hostname), ...(port !== '' && { 'server.port': Number(port) }) };
}

/** Strips the brackets that an IPv6 address has in a URL. */
const stripBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
