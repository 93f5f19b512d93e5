import { promisify } from 'node:util';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  /** As sent: a header that came twice would be there twice. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly fields: Record<string, string>;
  readonly at: number;
}

export type Answer =
  number | { status: number; headers?: Record<string, string>; body?: string } | 'reset' | 'black hole';

export interface KaminariServer {
  readonly url: string;
  readonly received: Received[];
  /** Most requests that were open at the same time. */
  readonly mostOpen: () => number;
  /** Connections that are open, in use or idle. */
  countConnections(): Promise<number>;
  /** Resolves when `count` requests have come. */
  reached(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** A real HTTP server in Kaminari's place; `answer` decides, from the request and its number (from 1), what comes back. */
export async function startKaminari(
  answer: (request: Received, number: number) => Answer | Promise<Answer> = () => 200,
  port = 0,
): Promise<KaminariServer> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let open = 0;
  let mostOpen = 0;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    mostOpen = Math.max(mostOpen, ++open);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const one: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      rawHeaders: request.rawHeaders,
      headers: request.headers as Record<string, string>,
      body,
      fields: body.startsWith('{') ? (JSON.parse(body) as Record<string, string>) : {},
      at: performance.now(),
    };
    received.push(one);
    const verdict = await answer(one, received.length);
    for (const check of waiting) check();
    open -= 1;
    if (verdict === 'black hole') return;
    if (verdict === 'reset') return void request.socket.resetAndDestroy();
    const { status, headers = {}, body: text = '' } = typeof verdict === 'number' ? { status: verdict } : verdict;
    response.writeHead(status, headers).end(text);
  };
  const server = createServer((request, response) => void respond(request, response).catch(() => response.destroy()));
  return {
    url: await listen(server, port),
    received,
    mostOpen: () => mostOpen,
    countConnections: () => promisify(server.getConnections.bind(server))(),
    reached: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (received.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    close: () => stop(server),
  };
}
