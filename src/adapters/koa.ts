import type { CallbackReceiver } from '../callbacks/index.js';
import { bodyOf, type IncomingLike, type KeptBody } from './incoming.js';

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
  'Move the line that mounts callbackMiddleware() above app.use(bodyParser()), or use a parser that keeps ctx.request.rawBody.';

/**
 * The callback endpoint as a Koa middleware (`kiip-s2s/koa`). It answers every request it is given and never calls `next`: mount it on
 * its path with a router. `@koa/bodyparser` may run before it, since that keeps `ctx.request.rawBody`.
 *
 * @example
 * ```ts
 * import Koa from 'koa';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackMiddleware } from 'kiip-s2s/koa';
 *
 * const receiver = createCallbackReceiver({ secret: process.env['KIIP_APP_SECRET'] ?? '', onRedemption: async () => {} });
 * const callback = callbackMiddleware(receiver);
 * const app = new Koa();
 * app.use((ctx, next) => (ctx.path === '/kiip/callback' ? callback(ctx) : next()));
 * ```
 */
export function callbackMiddleware(receiver: CallbackReceiver): (context: KoaContextLike) => Promise<void> {
  return async (context) => {
    const { method, req } = context;
    const kept: KeptBody = context.request;
    const answer = await receiver.handle({ method, headers: req.headers, rawBody: bodyOf(req, kept, ADVICE) });
    context.status = answer.status;
    // Koa picks a content type for a body, so the headers come after it.
    context.body = answer.body;
    context.set(answer.headers);
  };
}
