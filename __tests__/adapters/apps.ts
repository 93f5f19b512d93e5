import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { bodyParser } from '@koa/bodyparser';
import { createAdaptorServer } from '@hono/node-server';
import express5 from 'express';
import fastify, { type FastifyInstance } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { callbackHandler } from '../../src/adapters/express.js';
import { callbackPlugin } from '../../src/adapters/fastify.js';
import { callbackFetch } from '../../src/adapters/fetch.js';
import { callbackMiddleware } from '../../src/adapters/koa.js';
import { callbackLambda, type LambdaEventLike } from '../../src/adapters/lambda.js';
import { callbackListener } from '../../src/adapters/node.js';
import type { CallbackReceiver } from '../../src/callbacks/index.js';

/** An application with the callback endpoint at `/callback` and an echo of its own parsed JSON at `/echo`, where it has such a route. */
export interface App {
  readonly url: string;
  close(): Promise<void>;
}

/** What is left of a body when the adapter gets to it: all, an object of a parser, or nothing. */
type Left = 'raw' | 'parsed' | 'gone';

export interface Variant {
  readonly adapter: string;
  readonly before: string;
  readonly left: Left;
  readonly start: (receiver: CallbackReceiver) => Promise<App>;
}

const PATH = '/callback';

async function listen(server: Server): Promise<App> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}${PATH}`, close };
}

const read = async (request: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const isJson = (request: IncomingMessage): boolean =>
  request.headers['content-type']?.startsWith('application/json') === true;
const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return {};
  }
};

const keep = (bytes: Buffer): object => ({ rawBody: bytes, body: parsed(bytes) });

/** A host as Cloud Functions and Firebase are: it reads the stream before the application sees the request, and keeps the bytes on it. */
const hosted = (listener: RequestListener): Promise<App> =>
  listen(
    createServer((request, response) => {
      void read(request).then((bytes) => listener(Object.assign(request, keep(bytes)), response));
    }),
  );
const HOST = 'a host that read the stream and kept rawBody on the Node request';

// express@4 has no types of its own here; the parts used are the same.
const express4 = jest.requireActual<typeof express5>('express4');
const expressApp =
  (express: typeof express5, before: (app: ReturnType<typeof express5>) => void) =>
  async (receiver: CallbackReceiver): Promise<App> => {
    const app = express();
    before(app);
    app.all(PATH, callbackHandler(receiver));
    return listen(createServer(app as unknown as RequestListener));
  };
const keepRaw = (request: IncomingMessage, _response: unknown, bytes: Buffer): void => {
  Object.assign(request, { rawBody: bytes });
};
const expressVariants = (adapter: string, express: typeof express5): Variant[] => [
  {
    adapter,
    before: HOST,
    left: 'raw',
    start: (receiver) => hosted(express().all(PATH, callbackHandler(receiver)) as unknown as RequestListener),
  },
  { adapter, before: 'nothing', left: 'raw', start: expressApp(express, () => undefined) },
  {
    adapter,
    before: 'JSON parser',
    left: 'parsed',
    start: expressApp(express, (app) => app.use(express.json(), express.urlencoded({ extended: false }))),
  },
  {
    adapter,
    before: 'raw parser',
    left: 'raw',
    start: expressApp(express, (app) => app.use(express.raw({ type: isJson }))),
  },
  {
    adapter,
    before: 'text parser',
    left: 'raw',
    start: expressApp(express, (app) => app.use(express.text({ type: isJson }))),
  },
  {
    adapter,
    before: 'JSON parser that keeps rawBody',
    left: 'raw',
    start: expressApp(express, (app) => app.use(express.json({ verify: keepRaw }))),
  },
  {
    adapter,
    before: 'something that reads and keeps nothing',
    left: 'gone',
    start: expressApp(express, (app) => app.use((request, _response, next) => void read(request).then(() => next()))),
  },
];

const fastifyApp =
  (before: (app: FastifyInstance) => void) =>
  async (receiver: CallbackReceiver): Promise<App> => {
    const app = fastify({ forceCloseConnections: true });
    before(app);
    app.post('/echo', (request) => request.body);
    await app.register(callbackPlugin(receiver, { path: PATH }));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url: `${url}${PATH}`, close: () => app.close() };
  };
const fastifyVariants: Variant[] = [
  {
    adapter: 'fastify',
    before: HOST,
    left: 'raw',
    async start(receiver) {
      const app = fastify();
      await app.register(callbackPlugin(receiver, { path: PATH }));
      await app.ready();
      return hosted((request, response) => app.routing(request, response));
    },
  },
  {
    adapter: 'fastify',
    before: 'a parser of the app that keeps rawBody',
    left: 'raw',
    start: fastifyApp((app) => {
      app.removeContentTypeParser('application/json');
      app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
        Object.assign(request, { rawBody: body });
        done(null, JSON.parse(String(body)));
      });
    }),
  },
  {
    adapter: 'fastify',
    before: 'a preParsing hook that puts another stream in place',
    left: 'raw',
    start: fastifyApp((app) =>
      app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(new PassThrough())),
    ),
  },
  {
    adapter: 'fastify',
    before: 'a preParsing hook that reads beside the parser and keeps rawBody',
    left: 'raw',
    start: fastifyApp((app) => {
      app.addHook('preParsing', (request, _reply, payload, done) => {
        void read(payload as IncomingMessage).then((bytes) => Object.assign(request, { rawBody: bytes }));
        done(null, payload);
      });
      // Gives the hook time to begin, so that the plugin comes too late for the stream.
      app.addHook('preHandler', async () => new Promise((resolve) => setTimeout(resolve, 5)));
    }),
  },
  // Its own JSON parser is always there, so that is what "nothing" means.
  { adapter: 'fastify', before: 'nothing', left: 'raw', start: fastifyApp(() => undefined) },
  {
    adapter: 'fastify',
    before: 'JSON parser',
    left: 'raw',
    start: fastifyApp((app) => {
      app.removeContentTypeParser('application/json');
      app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
        done(null, JSON.parse(String(body))),
      );
    }),
  },
  {
    adapter: 'fastify',
    before: 'raw parser',
    left: 'raw',
    start: fastifyApp((app) =>
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body)),
    ),
  },
  {
    adapter: 'fastify',
    before: 'something that reads and keeps nothing',
    left: 'gone',
    start: fastifyApp((app) =>
      app.addHook(
        'preParsing',
        (_request, _reply, payload, done) => void read(payload as IncomingMessage).then(() => done()),
      ),
    ),
  },
];

const koaApp =
  (before: (app: Koa) => void) =>
  async (receiver: CallbackReceiver): Promise<App> => {
    const app = new Koa();
    app.silent = true;
    before(app);
    const callback = callbackMiddleware(receiver);
    app.use((context, next) => (context.path === PATH ? callback(context) : next()));
    return listen(createServer(app.callback()));
  };
const koaReads = (leave: (bytes: Buffer) => object) => (app: Koa) =>
  app.use(async (context, next) => {
    if (isJson(context.req)) Object.assign(context.request, leave(await read(context.req)));
    await next();
  });
const koaVariants: Variant[] = [
  {
    adapter: 'koa',
    before: HOST,
    left: 'raw',
    async start(receiver) {
      const app = new Koa();
      const callback = callbackMiddleware(receiver);
      return hosted(app.use((context) => callback(context)).callback());
    },
  },
  { adapter: 'koa', before: 'nothing', left: 'raw', start: koaApp(() => undefined) },
  {
    adapter: 'koa',
    before: 'JSON parser (@koa/bodyparser, which keeps rawBody)',
    left: 'raw',
    start: koaApp((app) => app.use(bodyParser({ onError: () => undefined }))),
  },
  {
    adapter: 'koa',
    before: 'JSON parser',
    left: 'parsed',
    start: koaApp(koaReads((bytes) => ({ body: parsed(bytes) }))),
  },
  { adapter: 'koa', before: 'raw parser', left: 'raw', start: koaApp(koaReads((bytes) => ({ body: bytes }))) },
  {
    adapter: 'koa',
    before: 'something that reads and keeps nothing',
    left: 'gone',
    start: koaApp(koaReads(() => ({}))),
  },
];

const nodeApp =
  (leave: null | ((bytes: Buffer) => object)) =>
  async (receiver: CallbackReceiver): Promise<App> => {
    const callback = callbackListener(receiver);
    return listen(
      createServer((request, response) => {
        const before =
          leave !== null && isJson(request)
            ? read(request).then((bytes) => Object.assign(request, leave(bytes)))
            : Promise.resolve();
        void before.then(() => callback(request, response));
      }),
    );
  };
const nodeVariants: Variant[] = [
  { adapter: 'node', before: HOST, left: 'raw', start: (receiver) => hosted(callbackListener(receiver)) },
  { adapter: 'node', before: 'nothing', left: 'raw', start: nodeApp(null) },
  { adapter: 'node', before: 'JSON parser', left: 'parsed', start: nodeApp((bytes) => ({ body: parsed(bytes) })) },
  {
    adapter: 'node',
    before: 'raw parser',
    left: 'raw',
    start: nodeApp(keep),
  },
  { adapter: 'node', before: 'something that reads and keeps nothing', left: 'gone', start: nodeApp(() => ({})) },
];

const honoApp =
  (before: (request: Request) => Promise<unknown>) =>
  async (receiver: CallbackReceiver): Promise<App> => {
    const callback = callbackFetch(receiver);
    const app = new Hono();
    app.use(async (context, next) => {
      if (context.req.method === 'POST') await before(context.req.raw).catch(() => undefined);
      await next();
    });
    app.all(PATH, (context) => callback(context.req.raw));
    return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
  };
const fetchVariants: Variant[] = [
  { adapter: 'fetch', before: 'nothing', left: 'raw', start: honoApp(async () => undefined) },
  { adapter: 'fetch', before: 'JSON parser', left: 'gone', start: honoApp((request) => request.json()) },
  {
    adapter: 'fetch',
    before: 'JSON parser on a clone',
    left: 'raw',
    start: honoApp((request) => request.clone().json()),
  },
  { adapter: 'fetch', before: 'raw parser', left: 'gone', start: honoApp((request) => request.arrayBuffer()) },
];

/** What API Gateway and function URLs make of a request, behind a real server. */
const lambdaApp =
  (toEvent: (request: IncomingMessage, body: Buffer) => LambdaEventLike) =>
  async (receiver: CallbackReceiver): Promise<App> => {
    const handler = callbackLambda(receiver);
    return listen(
      createServer((request, response) => {
        void read(request).then(async (body) => {
          const event = toEvent(request, body);
          const result = await handler(event);
          // A load balancer that sends lists of values looks at nothing else in the answer.
          response
            .writeHead(result.statusCode, event.multiValueHeaders ? result.multiValueHeaders : result.headers)
            .end(result.body);
        });
      }),
    );
  };
const flat = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
const v2 = (request: IncomingMessage): LambdaEventLike => ({
  requestContext: { http: { method: request.method ?? '' } },
  headers: flat(request),
});
const v1 = (request: IncomingMessage): LambdaEventLike => ({
  httpMethod: request.method ?? '',
  headers: flat(request),
  requestContext: { accountId: '1', httpMethod: request.method ?? '' },
});
const lambdaVariants: Variant[] = [
  {
    adapter: 'lambda',
    before: 'nothing (API Gateway v2, function URL)',
    left: 'raw',
    start: lambdaApp((request, body) => ({ ...v2(request), body: body.toString(), isBase64Encoded: false })),
  },
  {
    adapter: 'lambda',
    before: 'nothing (API Gateway v1, base64)',
    left: 'raw',
    start: lambdaApp((request, body) => ({ ...v1(request), body: body.toString('base64'), isBase64Encoded: true })),
  },
  {
    adapter: 'lambda',
    before: 'nothing (load balancer, multi-value headers)',
    left: 'raw',
    start: lambdaApp((request, body) => ({
      httpMethod: request.method ?? '',
      requestContext: { elb: { targetGroupArn: 'arn' } } as { elb: { targetGroupArn: string } },
      multiValueHeaders: Object.fromEntries(Object.entries(flat(request)).map(([name, value]) => [name, [value]])),
      body: body.length === 0 ? null : body.toString(),
    })),
  },
  {
    adapter: 'lambda',
    before: "middy's JSON parser, which keeps rawBody as it was",
    left: 'raw',
    start: lambdaApp((request, body) => {
      const rawBody = body.toString('base64');
      return { ...v2(request), body: isJson(request) ? parsed(body) : rawBody, rawBody, isBase64Encoded: true };
    }),
  },
  {
    adapter: 'lambda',
    before: 'JSON parser',
    left: 'parsed',
    start: lambdaApp((request, body) => ({ ...v2(request), body: parsed(body) })),
  },
];

export const variants: readonly Variant[] = [
  ...expressVariants('express 5', express5),
  ...expressVariants('express 4', express4),
  ...fastifyVariants,
  ...koaVariants,
  ...nodeVariants,
  ...fetchVariants,
  ...lambdaVariants,
];
