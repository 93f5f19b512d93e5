import type { CallbackReceiver } from '../callbacks/index.js';
import { bodyOf, type IncomingLike } from './incoming.js';

/** The part of a Fastify request that the plugin needs. */
export interface FastifyRequestLike {
  readonly method: string;
  readonly raw: IncomingLike;
  readonly body: unknown;
}

/** The part of a Fastify reply that the plugin needs. */
export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(headers: Record<string, string>): FastifyReplyLike;
  send(body: string): unknown;
}

/** The part of a Fastify instance that the plugin needs. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(type: string, parser: (...parameters: never[]) => void): unknown;
  all(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => unknown): unknown;
}

const ADVICE =
  'A preParsing hook read the payload: register callbackPlugin() outside the scope that the hook was added to.';

/**
 * The callback endpoint as a Fastify 4 or 5 plugin (`kiip-s2s/fastify`), encapsulated: it drops the body parsers of its own route only.
 *
 * @param options.path - the route, such as `/kiip/callback`.
 *
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackPlugin } from 'kiip-s2s/fastify';
 *
 * const receiver = createCallbackReceiver({ secret: process.env['KIIP_APP_SECRET'] ?? '', onRedemption: async () => {} });
 * const app = fastify();
 * app.register(callbackPlugin(receiver, { path: '/kiip/callback' }));
 * ```
 */
export function callbackPlugin(
  receiver: CallbackReceiver,
  { path }: { readonly path: string },
): (app: FastifyLike) => Promise<void> {
  return async (app) => {
    app.removeAllContentTypeParsers();
    // Leaves the payload in its stream, where the limits of the receiver apply.
    app.addContentTypeParser('*', (_request: never, _payload: never, done: (error: null) => void) => done(null));
    app.all(path, async (request, reply) => {
      const { method, raw } = request;
      const answer = await receiver.handle({
        method,
        headers: raw.headers,
        rawBody: bodyOf(raw, request as object, ADVICE),
      });
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    });
  };
}
