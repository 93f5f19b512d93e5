import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** One request as it came over the wire: nothing is merged, renamed or left out. */
export interface RawRequest {
  readonly line: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface Platform {
  readonly url: string;
  readonly requests: RawRequest[];
  close(): Promise<void>;
}

const REWARD = {
  notification: { reward_name: 'A soda' },
  view: { id: 'test_reward_1', modal: { title: 'A soda', body_url: 'https://api.kiip.me/reward/u/test_reward_1?r=1' } },
};

function answerFor({ url }: IncomingMessage, body: string): object {
  if (url?.startsWith('/v2/ping') === true) return {};
  return body.includes('"moment":') ? REWARD : { date: '2015-01-28T01:32:24.697136' };
}

/** Plays the platform and Kaminari, and keeps every request. A body that never ends gets no answer, as on a real server. */
export async function startPlatform(tls?: { readonly key: Buffer; readonly cert: Buffer }): Promise<Platform> {
  const requests: RawRequest[] = [];
  const record = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const headers = Array.from({ length: request.rawHeaders.length / 2 }, (_, index): [string, string] => [
        request.rawHeaders[2 * index] ?? '',
        request.rawHeaders[2 * index + 1] ?? '',
      ]);
      const isFirst = !requests.some((earlier) => earlier.body === body);
      requests.push({ line: `${request.method} ${request.url}`, headers, body });
      if (body.includes('"not_yet"') && isFirst) response.writeHead(204).end();
      else if (body.includes('"busy"') && isFirst) response.writeHead(503).end();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(answerFor(request, body)));
    });
  };
  const server = tls === undefined ? http.createServer(record) : https.createServer(tls, record);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The value of a header, which must be there once and only once. */
export function readHeader({ headers }: RawRequest, name: string): string {
  const values = headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
  expect({ [name]: values }).toEqual({ [name]: [expect.any(String)] });
  return values[0] ?? '';
}

/** The three calls of `makeCalls`, each sent once, with its headers as we wrote them and its whole body. */
export function expectCalls(platform: Platform): void {
  const moment = 'POST /2.0/server/moment/';
  // A forward proxy is asked for the whole address.
  const lines = platform.requests.map(({ line }) => line.replace(platform.url, ''));
  expect(lines).toEqual([moment, moment, 'POST /v2/ping']);
  for (const request of platform.requests) {
    const names = request.headers.map(([name]) => name.toLowerCase());
    expect(names.filter((name) => /^\d+$|^transfer-encoding$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(readHeader(request, 'host')).toBe(new URL(platform.url).host);
    expect(readHeader(request, 'content-type')).toMatch(/^application\/json; ?charset=utf-8$/i);
    expect(readHeader(request, 'content-length')).toBe(String(Buffer.byteLength(request.body)));
    expect(JSON.parse(request.body)).toMatchObject(
      request.line.endsWith('/moment/') ? { app: { app_key: 'key' }, device: { id: 'Zoë' } } : { kmnrKey: 'key' },
    );
  }
  expect(readHeader(platform.requests[0] as RawRequest, 'user-agent')).toMatch(/^kiip-s2s\//);
  expect(readHeader(platform.requests[2] as RawRequest, 'user-agent')).toBe('Visitor');
}
