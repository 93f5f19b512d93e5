import { createServer, type Server, type Socket } from 'node:net';

/** What to do with one request: write bytes to the socket, close it, or nothing at all. */
export type Reply = (socket: Socket, request: string, index: number) => void;

export interface SocketServer {
  readonly url: string;
  readonly port: number;
  /** Every request seen, head and body, oldest first. */
  readonly requests: readonly string[];
  readonly openSockets: number;
  close(): Promise<void>;
}

export const http = (status: string, body = '', headers: Record<string, string> = {}): string => {
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  });
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
};

/** A server on the level of sockets, so that every byte and every reset is ours. It only knows requests with a content length. */
export async function startSocketServer(reply: Reply): Promise<SocketServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let buffer = '';
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        const headEnd = buffer.indexOf('\r\n\r\n');
        if (headEnd < 0) return;
        const length = Number(/^content-length: (\d+)/im.exec(buffer.slice(0, headEnd))?.[1] ?? 0);
        if (buffer.length < headEnd + 4 + length) return;
        const request = Buffer.from(buffer.slice(0, headEnd + 4 + length), 'latin1').toString('utf8');
        buffer = buffer.slice(headEnd + 4 + length);
        requests.push(request);
        reply(socket, request, requests.length - 1);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    requests,
    get openSockets() {
      return sockets.size;
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
