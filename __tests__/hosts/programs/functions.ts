// Functions: the request is an event or an object of the platform's. A server of Node's stands where the platform's gateway does.
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import azure, { type HttpHandler } from '@azure/functions';
import express from 'express';
import Koa from 'koa';
import serverless from 'serverless-http';
import { callbackHandler } from 'kiip-s2s/express';
import { callbackFetch } from 'kiip-s2s/fetch';
import { callbackMiddleware } from 'kiip-s2s/koa';
import { callbackLambda, type LambdaEventLike, type LambdaResult } from 'kiip-s2s/lambda';
import { callbackListener } from 'kiip-s2s/node';
import { flatten, listen, readAll } from './listen.js';
import { createReceiver } from './receiver.js';

type Handler = (event: object, context: object) => Promise<unknown>;
interface Middy {
  (handler: (event: LambdaEventLike) => Promise<LambdaResult>): { use(middleware: object): Handler };
}

/** What a function URL makes of a request: format 2.0, text where the content type is one of text and nothing is encoded, base64 otherwise. */
function toEvent(request: IncomingMessage, body: Buffer): LambdaEventLike {
  const headers = flatten(request);
  const isText = /^(?:text\/|application\/(?:json|xml|javascript))/.test(headers['content-type'] ?? '');
  const isBase64Encoded = !isText || (headers['content-encoding'] ?? '') !== '';
  const http = { method: request.method ?? '', path: '/callback', sourceIp: '127.0.0.1' };
  return {
    version: '2.0',
    rawPath: '/callback',
    rawQueryString: '',
    headers,
    requestContext: { http },
    body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  } as LambdaEventLike;
}

const serveLambda = (host: string, name: string, handler: Handler): Promise<void> =>
  listen(
    host,
    name,
    createServer((request, response) => {
      void readAll(request)
        .then((body) => handler(toEvent(request, body), {}))
        .then(
          (result) => result as LambdaResult,
          // As Lambda does with what is thrown, but for middy's errors, which carry the status that its error handler answers with.
          (error: { statusCode?: number }) => ({ statusCode: error.statusCode ?? 502, headers: {}, body: '' }),
        )
        .then(({ statusCode, headers, body }) => response.writeHead(statusCode, headers).end(body));
    }),
  );

const PARSERS = [
  ['middy 2', 'middy2', 'middy2-json'],
  ['middy 3', 'middy3', 'middy3-json'],
  ['middy 6', '@middy/core', '@middy/http-json-body-parser'],
] as const;

export async function serveFunctions(): Promise<void> {
  await serveLambda('Lambda', 'node', callbackLambda(createReceiver('Lambda')) as Handler);
  for (const [title, core, parser] of PARSERS) {
    const host = `${title} with httpJsonBodyParser()`;
    const { default: middy } = (await import(core)) as { default: Middy };
    const { default: parse } = (await import(parser)) as { default: (options: object) => object };
    const handler = middy(callbackLambda(createReceiver(host))).use(parse({ disableContentTypeError: true }));
    await serveLambda(host, core, handler);
  }
  const behind = (title: string, make: (host: string) => object): Promise<void> => {
    const host = `serverless-http, ${title}`;
    return serveLambda(host, 'serverless-http', serverless(make(host) as RequestListener) as Handler);
  };
  await behind('Express 5', (host) => express().all('/callback', callbackHandler(createReceiver(host))));
  await behind('Koa 3', (host) => new Koa().use(callbackMiddleware(createReceiver(host))));
  await behind('node:http', (host) => callbackListener(createReceiver(host)));

  const handler: HttpHandler = callbackFetch(createReceiver('Azure Functions'));
  // Registers it as a function's main file does; outside the host that is all it does.
  azure.app.http('callback', { methods: ['POST'], authLevel: 'anonymous', handler });
  await listen(
    'Azure Functions',
    '@azure/functions',
    createServer((request, response) => {
      void readAll(request).then(async (bytes) => {
        const incoming = new azure.HttpRequest({
          method: request.method ?? '',
          url: `http://127.0.0.1${request.url ?? ''}`,
          headers: flatten(request),
          ...(bytes.length > 0 && { body: { bytes } }),
        });
        // As the platform's worker does with whatever a handler returns.
        const answer = new azure.HttpResponse((await handler(incoming, undefined as never)) ?? {});
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
      });
    }),
  );
}
