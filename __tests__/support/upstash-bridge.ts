import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Redis as IoRedis } from 'ioredis';

export const BRIDGE_TOKEN = 'the token of the bridge';

/** Upstash's REST protocol: strings in base64 when the client asks for it, `OK` as it is. */
function encode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encode);
  return typeof value === 'string' && value !== 'OK' ? Buffer.from(value).toString('base64') : value;
}

/** A real Redis behind Upstash's REST protocol: a POST of one command, or to `/pipeline` of several; each is answered by `{ result }` or `{ error }`. */
export async function startUpstashBridge(redisUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const redis = new IoRedis(redisUrl, { maxRetriesPerRequest: 0, retryStrategy: () => 50, disconnectTimeout: 50 });
  redis.on('error', () => undefined);
  const run = async ([command = '', ...args]: unknown[], isBase64: boolean): Promise<object> => {
    try {
      const result: unknown = await redis.call(String(command), ...args.map(String));
      return { result: isBase64 ? encode(result) : result };
    } catch (error) {
      return { error: error instanceof Error ? error.message : 'ERR' };
    }
  };
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${BRIDGE_TOKEN}`) return answer(401, { error: 'Unauthorized' });
    const isBase64 = request.headers['upstash-encoding'] === 'base64';
    const body = (await json(request)) as unknown[];
    if (request.url === '/pipeline')
      return answer(200, await Promise.all(body.map((command) => run(command as unknown[], isBase64))));
    const result = await run(body, isBase64);
    answer('error' in result ? 400 : 200, result);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      redis.disconnect();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
