/** @module kiip-s2s/node */
import { createNodeHandler, type IncomingLike, type OutgoingLike } from '../inbound/node-http.js';
import type { CallbackReceiver } from '../inbound/request.js';

export type { CallbackReceiver, IncomingLike, OutgoingLike };

const ADVICE =
  'Something read the request before callbackListener() got it: call the listener first, or keep the bytes in request.rawBody.';

/**
 * Creates a listener for Node's own http server from a receiver (`kiip-s2s/node`). It answers every request it gets, so
 * call it only for the callback's path.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import type { CallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackListener } from 'kiip-s2s/node';
 *
 * declare const receiver: CallbackReceiver; // createCallbackReceiver({ … })
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
  return createNodeHandler(receiver, ADVICE);
}
