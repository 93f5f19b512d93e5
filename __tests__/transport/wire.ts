import { createServer, type Server, type Socket } from 'node:net';

/** One request as it came over the wire, and the socket to answer on, byte by byte. */
export interface Arrival {
  readonly socket: Socket;
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Which connection to this server, from 1. */
  readonly connection: number;
}

export interface Wire {
  readonly port: number;
  readonly url: string;
  readonly arrivals: Arrival[];
  readonly sockets: Set<Socket>;
  connections(): number;
  /** Resolves when no connection is left. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** The head of an answer. */
export function head(status: number, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Some Reason\r\n${lines.join('')}\r\n`;
}

/** A whole answer. */
export function answer(
  body: string | Buffer = '{}',
  headers: Record<string, string | number> = {},
  status = 200,
): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(head(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers })),
    bytes,
  ]);
}

/** A server on bare sockets: whoever answers decides about every byte. */
export async function startWire(onRequest: (arrival: Arrival) => void): Promise<Wire> {
  const sockets = new Set<Socket>();
  const arrivals: Arrival[] = [];
  let count = 0;
  const server: Server = createServer((socket) => {
    const connection = ++count;
    let pending = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) server.emit('quiet');
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const end = pending.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [line = '', ...lines] = pending.subarray(0, end).toString().split('\r\n');
        const headers = Object.fromEntries(
          lines.map((text) => [
            text.slice(0, text.indexOf(':')).toLowerCase(),
            text.slice(text.indexOf(':') + 1).trim(),
          ]),
        );
        const length = end + 4 + Number(headers['content-length'] ?? 0);
        if (pending.length < length) return;
        const arrival = { socket, line, headers, body: pending.subarray(end + 4, length).toString(), connection };
        pending = pending.subarray(length);
        arrivals.push(arrival);
        onRequest(arrival);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/2.0/server/moment/`,
    arrivals,
    sockets,
    connections: () => count,
    idle: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => server.once('quiet', resolve))),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
