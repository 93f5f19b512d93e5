/** @module kiip-s2s/koa */
import { findBody } from '../inbound/find-body.js';
import type { IncomingLike } from '../inbound/node-http.js';
import { nodeStream } from '../inbound/node-stream.js';
import type { CallbackReceiver } from '../inbound/request.js';

export type { CallbackReceiver, IncomingLike };

/** The part of a Koa context that the middleware needs. */
export interface KoaContextLike {
  readonly method: string;
  readonly req: IncomingLike;
  readonly request: object;
  status: number;
  body: unknown;
  set(headers: Record<string, string>): unknown;
}

const ADVICE =
  'Move the line that mounts callbackMiddleware() above app.use(bodyParser()), or use a parser that keeps ctx.request.rawBody: @koa/bodyparser, or koaBody({ includeUnparsed: true }).';

/**
 * Creates a Koa 2 or 3 middleware from a receiver (`kiip-s2s/koa`). It answers every request it gets and never calls
 * `next`: mount it on its path with a router. `@koa/bodyparser` may run before it, because it keeps
 * `ctx.request.rawBody`.
 *
 * @example
 * ```ts
 * import Koa from 'koa';
 * import type { CallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackMiddleware } from 'kiip-s2s/koa';
 *
 * declare const receiver: CallbackReceiver; // createCallbackReceiver({ … })
 * const callback = callbackMiddleware(receiver);
 * const app = new Koa();
 * app.use((ctx, next) => (ctx.path === '/kiip/callback' ? callback(ctx) : next()));
 * ```
 */
export function callbackMiddleware(receiver: CallbackReceiver): (context: KoaContextLike) => Promise<void> {
  return async (context) => {
    const { method, req, request } = context;
    const { headers } = req;
    const rawBody = findBody({ headers, places: [request, req], stream: nodeStream(req), advice: ADVICE });
    const answer = await receiver.handle({ method, headers, rawBody });
    context.status = answer.status;
    // Set the headers last, because setting the body makes Koa pick a content type.
    context.body = answer.body;
    context.set(answer.headers);
  };
}
