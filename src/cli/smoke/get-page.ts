import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
import type { Socket } from 'node:net';

const HEADERS = { accept: 'text/html', 'user-agent': 'kiip-s2s' };

/**
 * Sends one GET, through `proxy` if there is one, and follows no redirect. Returns `null` without an answer, because
 * the error holds addresses.
 */
export async function getPage(url: URL, proxy: string | null, signal: AbortSignal): Promise<IncomingMessage | null> {
  try {
    const outgoing = proxy === null ? openDirectly(url, signal) : await openThrough(new URL(proxy), url, signal);
    outgoing.end();
    const [answer] = (await once(outgoing, 'response', { signal })) as [IncomingMessage];
    return answer;
  } catch {
    return null;
  }
}

const openDirectly = (url: URL, signal: AbortSignal): ClientRequest =>
  (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { headers: HEADERS, agent: false, signal });

async function openThrough(proxy: URL, url: URL, signal: AbortSignal): Promise<ClientRequest> {
  const { username, password } = proxy;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const authorization = username === '' ? {} : { 'proxy-authorization': `Basic ${credentials}` };
  const { protocol, port } = proxy;
  // A URL writes an IPv6 address in brackets; a socket takes it without them.
  const hostname = proxy.hostname.replace(/^\[|\]$/g, '');
  const request = protocol === 'https:' ? httpsRequest : httpRequest;
  const options = { hostname, port, agent: false, signal } as const;
  if (url.protocol === 'http:')
    return request({ ...options, path: url.href, headers: { ...HEADERS, ...authorization, host: url.host } });
  const authority = `${url.hostname}:${url.port || 443}`;
  const opening = request({
    ...options,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization },
  });
  opening.end();
  const [answer, socket] = (await once(opening, 'connect', { signal })) as [IncomingMessage, Socket];
  if (answer.statusCode !== 200) throw new Error('the proxy refused');
  const createConnection = (): Socket => connectTls({ socket, servername: url.hostname });
  return httpsRequest(url, { headers: HEADERS, agent: false, signal, createConnection });
}
