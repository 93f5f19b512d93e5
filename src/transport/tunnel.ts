import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Proxy } from './target.js';

const opening = new WeakMap<http.ClientRequest, http.ClientRequest>();

/**
 * Asks a proxy for a tunnel for a request that has no connection yet. If the proxy refuses, the request fails and nothing of it was sent.
 */
export function openTunnel(
  proxy: Proxy,
  host: string,
  port: number,
  request: http.ClientRequest,
  done: (socket: Socket) => void,
): void {
  const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const headers: Record<string, string> = { host: path };
  if (proxy.authorization !== null) headers['proxy-authorization'] = proxy.authorization;
  const options = {
    method: 'CONNECT',
    host: proxy.host,
    port: proxy.port,
    ...proxy.tls,
    servername: proxy.servername,
    path,
    headers,
    agent: false,
  } as const;
  const connect = proxy.secure ? https.request(options) : http.request(options);
  opening.set(request, connect);
  const refuse = (code: string): void => {
    connect.destroy();
    request.emit('error', Object.assign(new Error(code), { code }));
  };
  connect.on('connect', (answer, socket: Socket) => {
    opening.delete(request);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) done(socket);
    else {
      socket.destroy();
      refuse(`PROXY_${status}`);
    }
  });
  connect.on('response', (answer) => refuse(`PROXY_${answer.statusCode ?? 0}`));
  connect.on('error', (error: NodeJS.ErrnoException) => refuse(error.code ?? 'ECONNRESET'));
  connect.end();
}

/** Gives up the tunnel of an abandoned request. Node does not tell the agent while the request has no connection. */
export function abandonTunnel(request: http.ClientRequest): void {
  opening.get(request)?.destroy();
}
