/** @module kiip-s2s/fastify */
import { findBody } from '../inbound/find-body.js';
import type { IncomingLike } from '../inbound/node-http.js';
import { nodeStream, type NodeStreamLike } from '../inbound/node-stream.js';
import { checkPluginOptions, type PluginOptions } from '../inbound/plugin-options.js';
import type { CallbackReceiver } from '../inbound/request.js';

export type { CallbackReceiver, IncomingLike, PluginOptions };

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
/** The part of a Fastify request that the plugin needs. */
export type FastifyRequestLike = { readonly method: string; readonly raw: IncomingLike; readonly body: unknown };

const ADVICE =
  'Move the line app.register(callbackPlugin()) out of the scope of the preParsing hook that reads the payload, or let the hook keep request.rawBody.';

/**
 * Creates a Fastify 4 or 5 plugin from a receiver (`kiip-s2s/fastify`). The plugin is encapsulated: only its own route
 * reads the raw body, and the app's other routes keep their body parsers.
 *
 * @throws KiipConfigError when `path` is missing or does not begin with `/`.
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import type { CallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackPlugin } from 'kiip-s2s/fastify';
 *
 * declare const receiver: CallbackReceiver; // createCallbackReceiver({ … })
 * const app = fastify();
 * app.register(callbackPlugin(receiver, { path: '/kiip/callback' }));
 * ```
 */
export function callbackPlugin(
  receiver: CallbackReceiver,
  options: PluginOptions,
): (app: FastifyLike) => Promise<void> {
  checkPluginOptions('callbackPlugin', options);
  return async (app) => {
    app.removeAllContentTypeParsers();
    // Keep the payload a stream, so that the receiver's limits apply. It may be a stream that a preParsing hook put in
    // its place.
    app.addContentTypeParser('*', async (_request: never, payload: never) => payload);
    app.all(options.path, async (request, reply) => {
      const { method, raw } = request;
      const stream = nodeStream((request.body as NodeStreamLike | undefined) ?? raw);
      const rawBody = findBody({ headers: raw.headers, places: [request, raw], stream, advice: ADVICE });
      const { status, headers, body } = await receiver.handle({ method, headers: raw.headers, rawBody });
      return reply.code(status).headers(headers).send(body);
    });
  };
}
