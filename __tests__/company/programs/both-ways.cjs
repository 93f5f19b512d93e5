// Calls to the platform, and callbacks that come in through each framework.
const { once } = require('node:events');
const http = require('node:http');
const express = require('express');
const Fastify = require('fastify');
const Koa = require('koa');
const { device, visitor } = require('./calls.cjs');

const context = { device, connection: { ip: '8.8.8.8' }, user: { userId: 'player-7' } };
const SECRET = 'callback-secret';

const makeClient = ({ KiipClient }, baseUrl) =>
  new KiipClient({ appKey: 'key', appVersion: '1', test: true, baseUrl, retry: { baseDelayMs: 1 } });

/** A session, a moment that the platform is too busy for at first, a ping that comes too early at first, and a conversion. */
exports.callOut = async (build, url) => {
  const client = makeClient(build, url);
  const kaminari = new build.KaminariClient({ kmnrKey: 'kmnr-key', baseUrl: url, retry: { baseDelayMs: 1 } });
  await client.startSession(context);
  await client.moment('busy', context);
  await kaminari.ping({ kmnrId: 'not_yet', visitor });
  await kaminari.conversion({ cnvId: 'conversion-9', status: 'l1', subs: { sub1: 'player-7' } });
  await client.close();
  await kaminari.close();
};

/** Every framework gets one redemption; its handler ends the player's session. Returns the statuses of the answers. */
exports.takeCallbacks = async (build, url) => {
  const client = makeClient(build, url);
  const receiver = build.createCallbackReceiver({
    secret: SECRET,
    ledger: build.memoryLedger(),
    onRedemption: () => client.endSession(context),
  });
  const fastify = Fastify();
  fastify.register(build.callbackPlugin(receiver, { path: '/' }));
  await fastify.ready();
  const servers = {
    node: http.createServer(build.callbackListener(receiver)),
    express: http.createServer(express().post('/', build.callbackHandler(receiver))),
    koa: http.createServer(new Koa().use(build.callbackMiddleware(receiver)).callback()),
    fastify: fastify.server,
  };
  const statuses = {};
  for (const [name, server] of Object.entries(servers)) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    statuses[name] = await redeem(build, name, server.address().port);
    server.close();
  }
  await receiver.close();
  await client.close();
  return statuses;
};

async function redeem({ signCallback }, transactionId, port) {
  const fields = { transactionId, content: 'coins', name: 'Coins', quantity: 1, userId: 'player-7' };
  const { content, name, quantity, userId: user_id } = fields;
  const signature = signCallback(fields, SECRET);
  const headers = { 'content-type': 'application/json' };
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers });
  request.end(JSON.stringify({ transaction_id: transactionId, content, name, quantity, user_id, signature }));
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}
