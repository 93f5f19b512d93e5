import type { CallbackReceiver } from '../callbacks/index.js';
import { bodyOf, send, type IncomingLike, type OutgoingLike } from './incoming.js';

const ADVICE =
  'Move the line that mounts callbackHandler() above the middleware that reads the body (app.use(express.json()) and the like), or let that keep the bytes: express.json({ verify: (req, res, bytes) => { req.rawBody = bytes; } }).';

/**
 * The callback endpoint as an Express 4 or 5 handler (`kiip-s2s/express`). Mount it before any body parser, or on a route that none runs
 * for; where one ran anyway, the result is right or a 500 whose warning says which line to move. Never calls `next`.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackHandler } from 'kiip-s2s/express';
 *
 * const receiver = createCallbackReceiver({ secret: process.env['KIIP_APP_SECRET'] ?? '', onRedemption: async () => {} });
 * const app = express();
 * app.all('/kiip/callback', callbackHandler(receiver));
 * app.use(express.json());
 * ```
 */
export function callbackHandler(
  receiver: CallbackReceiver,
): (request: IncomingLike, response: OutgoingLike) => Promise<void> {
  return async (request, response) => {
    const { method = '', headers } = request;
    send(response, await receiver.handle({ method, headers, rawBody: bodyOf(request, request as object, ADVICE) }));
  };
}
