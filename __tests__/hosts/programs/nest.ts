import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { All, Controller, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { callbackHandler } from 'kiip-s2s/express';
import { callbackPlugin } from 'kiip-s2s/fastify';
import { announce } from './listen.js';
import { createReceiver } from './receiver.js';

type Handler = ReturnType<typeof callbackHandler>;

function createModule(handler: Handler): new () => object {
  @Controller('callback')
  class CallbackController {
    @All()
    receive(@Req() request: Parameters<Handler>[0], @Res() response: Parameters<Handler>[1]): Promise<void> {
      return handler(request, response);
    }
  }
  @Module({ controllers: [CallbackController] })
  class CallbackModule {}
  return CallbackModule;
}

@Module({})
class EmptyModule {}

export async function serveNest(): Promise<void> {
  for (const rawBody of [true, false]) {
    const options = { rawBody, logger: false } as const;
    const host = `Nest on Express, rawBody: ${rawBody}`;
    const app = await NestFactory.create(createModule(callbackHandler(createReceiver(host))), options);
    await app.listen(0, '127.0.0.1');
    announce(host, '@nestjs/core', (app.getHttpServer() as { address(): AddressInfo }).address().port);
  }
  for (const rawBody of [true, false]) {
    const host = `Nest on Fastify, rawBody: ${rawBody}`;
    const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), {
      rawBody,
      logger: false,
    });
    await app.register(callbackPlugin(createReceiver(host), { path: '/callback' }));
    await app.listen(0, '127.0.0.1');
    announce(host, '@nestjs/platform-fastify', (app.getHttpServer() as { address(): AddressInfo }).address().port);
  }
}
