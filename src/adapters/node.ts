import type { CallbackReceiver } from '../callbacks/index.js';
import { bodyOf, send, type IncomingLike, type OutgoingLike } from './incoming.js';

const ADVICE =
  'Something read the request before callbackListener() got it: call the listener first, or keep the bytes as request.rawBody.';

/**
 * The callback endpoint as a listener of Node's own http server (`kiip-s2s/node`). It answers every request it is given: route before it.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackListener } from 'kiip-s2s/node';
 *
 * const receiver = createCallbackReceiver({ secret: process.env['KIIP_APP_SECRET'] ?? '', onRedemption: async () => {} });
 * const callback = callbackListener(receiver);
 * createServer((request, response) => {
 *   if (request.url === '/kiip/callback') void callback(request, response);
 *   else response.writeHead(404).end();
 * }).listen(8080);
 * ```
 */
export function callbackListener(
  receiver: CallbackReceiver,
): (request: IncomingLike, response: OutgoingLike) => Promise<void> {
  return async (request, response) => {
    const { method = '', headers } = request;
    send(response, await receiver.handle({ method, headers, rawBody: bodyOf(request, request as object, ADVICE) }));
  };
}
