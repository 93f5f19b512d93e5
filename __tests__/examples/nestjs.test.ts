import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CallbackModule, WalletService } from '../../examples/nestjs/callback.module.js';
import { signCallback } from '../../src/callbacks/index.js';

const secret = 'the app secret';
const signed = (transactionId: string, quantity: number | string, sent = String(quantity)): string => {
  const signature = signCallback(
    { transactionId, content: 'coins', name: 'Coins', quantity, userId: 'player-7' },
    secret,
  );
  return `{"transaction_id":"${transactionId}","content":"coins","name":"Coins","quantity":${sent},"user_id":"player-7","signature":"${signature}"}`;
};

describe.each([true, false])('the NestJS example with rawBody: %s', (rawBody) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    process.env['KIIP_APP_SECRET'] = secret;
    app = await NestFactory.create(CallbackModule, { rawBody, logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    url = `http://127.0.0.1:${port}/kiip/callback`;
  });
  afterAll(async () => {
    await app.close();
    delete process.env['KIIP_APP_SECRET'];
    jest.restoreAllMocks();
  });
  const post = async (body: string, type = 'application/json') => {
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
    return { status: response.status, text: await response.text() };
  };

  test('credits a really signed redemption once', async () => {
    const { coins } = app.get(WalletService);
    const body = signed('reward-1', 20);
    expect(await post(body)).toEqual({ status: 200, text: '{"result":"processed"}' });
    expect(await post(body)).toEqual({ status: 200, text: '{"result":"duplicate"}' });
    expect(coins.get('player-7')).toBe(20);
  });

  test('a number as it was written needs the raw body; without it the answer is a 500 that says so', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect((await post(signed('reward-2', '5.0'))).status).toBe(rawBody ? 200 : 500);
    expect(warning.mock.calls.map(([, options]) => (options as { code: string }).code)).toEqual(
      rawBody ? [] : ['KIIP_CALLBACK_BODY_EATEN'],
    );
  });

  test('refuses what is not POST, not signed, or not a callback', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect((await fetch(url)).status).toBe(405);
    expect((await post(signed('reward-3', 20).replace('player-7', 'player-8'))).status).toBe(rawBody ? 401 : 500);
    expect((await post('{}')).status).toBe(400);
    expect((await post(signed('reward-4', 20), 'text/html')).status).toBe(415);
  });
});
