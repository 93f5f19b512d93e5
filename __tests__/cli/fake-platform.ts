import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakePlatform {
  readonly url: string;
  /** Method and path of everything that was asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A platform that answers moments with a reward as the test wants it, and everything but POST by `page`. */
export async function startFakePlatform(options: {
  reward?: (url: string) => object;
  page?: Handler;
}): Promise<FakePlatform> {
  const asked: string[] = [];
  let url = '';
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method !== 'POST') {
      if (options.page === undefined) response.writeHead(404).end();
      else options.page(request, response);
      return;
    }
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const isMoment = 'moment' in (JSON.parse(body) as object);
      const answer =
        isMoment && options.reward !== undefined ? options.reward(url) : { date: '2024-01-02T03:04:05.000006' };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, asked, close };
}

/** The documents' answer with another address and name. */
export const rewardAt = (bodyUrl: string, name = 'A reward'): object => ({
  date: '2024-01-02T03:04:05.000006',
  notification: { reward_name: name, reward_image_url: null },
  view: {
    id: 'test_1',
    email_bounced: false,
    used_date: null,
    modal: { title: 'T', message: 'M', timeout: 10, body_url: bodyUrl },
  },
});
