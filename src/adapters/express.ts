/** @module kiip-s2s/express */
import { createNodeHandler, type IncomingLike, type OutgoingLike } from '../inbound/node-http.js';
import type { CallbackReceiver } from '../inbound/request.js';

export type { CallbackReceiver, IncomingLike, OutgoingLike };

const ADVICE =
  'Move the line that mounts callbackHandler() above the middleware that reads the body, such as app.use(express.json()), or let that middleware keep the bytes: express.json({ verify: (req, res, bytes) => { req.rawBody = bytes; } }). In NestJS, use NestFactory.create(AppModule, { rawBody: true }).';

/**
 * Creates an Express 4 or 5 handler from a receiver (`kiip-s2s/express`). Mount it before any body parser. If a parser
 * ran first and changed the body, the answer is a 500, and `onRefused` (or a process warning) says which line to move.
 * The handler never calls `next`.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import type { CallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackHandler } from 'kiip-s2s/express';
 *
 * declare const receiver: CallbackReceiver; // createCallbackReceiver({ … })
 * const app = express();
 * app.all('/kiip/callback', callbackHandler(receiver));
 * app.use(express.json());
 * ```
 */
export function callbackHandler(
  receiver: CallbackReceiver,
): (request: IncomingLike, response: OutgoingLike) => Promise<void> {
  return createNodeHandler(receiver, ADVICE);
}
