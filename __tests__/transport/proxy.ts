import { connect, createServer, type Socket } from 'node:net';

export interface TestProxy {
  readonly port: number;
  /** The first head of every connection. */
  readonly heads: string[];
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

/** A real forward proxy that passes bytes and resets on unchanged. `refuse` answers every connection with that status. */
export async function startProxy({ refuse, hang }: { refuse?: number; hang?: boolean } = {}): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => undefined);
    let seen = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf('\r\n\r\n');
      if (end < 0) return;
      client.off('data', onData);
      const text = seen.subarray(0, end).toString();
      heads.push(text);
      if (hang === true) return;
      if (refuse !== undefined) {
        client.end(`HTTP/1.1 ${refuse} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const [method = '', target = ''] = text.split(' ');
      const url = new URL(method === 'CONNECT' ? `http://${target}` : target);
      const upstream = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) }, () => {
        if (method === 'CONNECT') client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        else upstream.write(seen);
        client.pipe(upstream);
        upstream.pipe(client);
      });
      upstream.on('error', () => client.resetAndDestroy());
      upstream.on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
    };
    client.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    heads,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
