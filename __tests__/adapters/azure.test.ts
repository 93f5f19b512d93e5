import { HttpRequest, HttpResponse, type HttpHandler } from '@azure/functions';
import type { Handler } from 'hono';
import { createCallbackReceiver, memoryLedger, signCallback } from 'kiip-s2s/callbacks';
import { callbackFetch } from 'kiip-s2s/fetch';

const secret = 'the app secret';

test('callbackFetch is a handler of Azure Functions v4: its request goes in, its response can be made of what comes out', async () => {
  const receiver = createCallbackReceiver({ secret, ledger: memoryLedger(), onRedemption: () => undefined });
  const handler: HttpHandler = callbackFetch(receiver);
  const fields = { content: 'coins', name: 'Coins', quantity: 20, userId: 'u', transactionId: 't' };
  const { userId: user_id, transactionId: transaction_id, ...rest } = fields;
  const string = JSON.stringify({ ...rest, user_id, transaction_id, signature: signCallback(fields, secret) });
  const post = async (): Promise<[number, string, string | null]> => {
    const body = { string };
    const request = new HttpRequest({
      method: 'POST',
      url: 'http://x/',
      body,
      headers: { 'content-type': 'application/json' },
    });
    // As the runtime does with whatever a handler returns.
    const response = new HttpResponse((await handler(request, undefined as never)) ?? {});
    return [response.status, await response.text(), response.headers.get('cache-control')];
  };
  expect(await post()).toEqual([200, '{"result":"processed"}', 'no-store']);
  expect(await post()).toEqual([200, '{"result":"duplicate"}', 'no-store']);
});

test('callbackFetch is a handler of web frameworks', () => {
  const receiver = createCallbackReceiver({ secret, ledger: memoryLedger() });
  const handle = callbackFetch(receiver);
  const route: (request: Request) => Promise<Response> = handle;
  const hono: Handler = (context) => handle(context.req.raw);
  expect([route, hono]).toHaveLength(2);
});
