// The web frameworks, each with and without the body parsers people put before the endpoint.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { bodyParser } from '@koa/bodyparser';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import type fastify5 from 'fastify';
import rawBody from 'fastify-raw-body';
import type express5 from 'express';
import { Hono } from 'hono';
import type Koa3 from 'koa';
import { koaBody } from 'koa-body';
import { callbackHandler } from 'kiip-s2s/express';
import { callbackPlugin } from 'kiip-s2s/fastify';
import { callbackFetch } from 'kiip-s2s/fetch';
import { callbackMiddleware } from 'kiip-s2s/koa';
import { callbackListener } from 'kiip-s2s/node';
import { listen } from './listen.js';
import { createReceiver } from './receiver.js';

const PATH = '/callback';
/** An alias has the types of the newest version here; the parts used are the same. */
const load = async <Module>(name: string): Promise<Module> => ((await import(name)) as { default: Module }).default;

/** Google's framework around a function, whatever the function is made of. It reads the body first and keeps `rawBody`. */
async function serveFunction(adapter: string, listener: RequestListener): Promise<void> {
  const name = adapter.replace(/[ :]/g, '-');
  http(name, (request, response) => void listener(request as unknown as IncomingMessage, response));
  await listen(`functions-framework, ${adapter}`, '@google-cloud/functions-framework', getTestServer(name));
}

async function serveExpress(name: string): Promise<void> {
  type Express = typeof express5;
  const express = await load<Express>(name);
  const title = name === 'express4' ? 'Express 4' : 'Express 5';
  const serve = async (host: string, before: (app: ReturnType<Express>) => void): Promise<void> => {
    const app = express();
    before(app);
    app.all(PATH, callbackHandler(createReceiver(host)));
    await listen(host, name, app as unknown as RequestListener);
  };
  await serve(title, () => undefined);
  await serve(`${title} after express.json()`, (app) =>
    app.use(express.json(), express.urlencoded({ extended: false })),
  );
  const verify = (request: IncomingMessage, _response: unknown, bytes: Buffer): void => {
    Object.assign(request, { rawBody: bytes });
  };
  await serve(`${title} after express.json({ verify })`, (app) =>
    app.use(express.json({ verify }), express.urlencoded({ extended: false, verify })),
  );
  const host = `functions-framework, ${title}`;
  const app = express().all(PATH, callbackHandler(createReceiver(host)));
  await serveFunction(title, app as unknown as RequestListener);
}

async function serveKoa(name: string): Promise<void> {
  const Koa = await load<typeof Koa3>(name);
  const title = name === 'koa2' ? 'Koa 2' : 'Koa 3';
  const make = (host: string, before: (app: Koa3) => void): RequestListener => {
    const app = new Koa();
    app.silent = true;
    before(app);
    const callback = callbackMiddleware(createReceiver(host));
    app.use((context, next) => (context.path === PATH ? callback(context) : next()));
    return app.callback();
  };
  const serve = (host: string, before: (app: Koa3) => void) => listen(host, name, make(host, before));
  await serve(title, () => undefined);
  await serve(`${title} after @koa/bodyparser`, (app) => app.use(bodyParser()));
  await serve(`${title} after koa-body`, (app) => app.use(koaBody()));
  await serve(`${title} after koa-body({ includeUnparsed })`, (app) => app.use(koaBody({ includeUnparsed: true })));
  await serveFunction(
    title,
    make(`functions-framework, ${title}`, () => undefined),
  );
}

async function serveFastify(name: string): Promise<void> {
  const fastify = await load<typeof fastify5>(name);
  const title = name === 'fastify4' ? 'Fastify 4' : 'Fastify 5';
  const make = async (host: string, before: (app: ReturnType<typeof fastify>) => unknown): Promise<typeof app> => {
    const app = fastify();
    await before(app);
    await app.register(callbackPlugin(createReceiver(host), { path: PATH }));
    await app.ready();
    return app;
  };
  await listen(title, name, (await make(title, () => undefined)).server as Server);
  const wrapped = await make(`functions-framework, ${title}`, () => undefined);
  await serveFunction(title, (request, response) => wrapped.routing(request, response));
  if (name === 'fastify4') return;
  const host = `${title} with fastify-raw-body`;
  await listen(host, name, (await make(host, (app) => app.register(rawBody, { encoding: false }))).server as Server);
}

export async function serveFrameworks(): Promise<void> {
  for (const name of ['express', 'express4']) await serveExpress(name);
  for (const name of ['koa', 'koa2']) await serveKoa(name);
  for (const name of ['fastify', 'fastify4']) await serveFastify(name);
  await listen('node:http', 'node', createServer(callbackListener(createReceiver('node:http'))));
  await serveFunction('node:http', callbackListener(createReceiver('functions-framework, node:http')));
  const handle = callbackFetch(createReceiver('Hono'));
  const hono = new Hono().all(PATH, (context) => handle(context.req.raw));
  await listen('Hono', 'hono', createAdaptorServer({ fetch: hono.fetch }) as Server);
}
