import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { KiipClient, type DeviceContext } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
import { createImpressionId, KaminariClient, visitorFromRequest, type PingResult } from 'kiip-s2s/kaminari';
import { callbackListener } from 'kiip-s2s/node';

// A game's backend and its end-to-end check, against the services that the environment names. In CI that is a sandbox;
// see ci.sh.

const variable = (name: string): string => process.env[name] ?? assert.fail(`${name} is not set`);
const baseUrl = variable('KIIP_BASE_URL');
const kiip = new KiipClient({
  appKey: variable('KIIP_APP_KEY'),
  appVersion: '1.0',
  test: true,
  baseUrl,
  allowInsecure: true,
});
const kaminari = new KaminariClient({
  kmnrKey: variable('KAMINARI_KEY'),
  baseUrl: variable('KAMINARI_BASE_URL'),
  allowInsecure: true,
});

const coins = new Map<string, number>();
const receiver = createCallbackReceiver({
  secret: variable('KIIP_APP_SECRET'),
  ledger: memoryLedger(),
  onRedemption: ({ userId, quantity }) => void coins.set(userId, (coins.get(userId) ?? 0) + quantity),
  onIssuance: ({ userId, quantity }) => void coins.set(userId, (coins.get(userId) ?? 0) + quantity),
});
const callback = callbackListener(receiver);
const pings: Promise<PingResult>[] = [];

const server = createServer((request, response) => {
  if (request.url === '/kiip/callback') return void callback(request, response);
  const kmnrId = createImpressionId();
  // Ping in the background, because the page must not wait.
  pings.push(kaminari.ping({ kmnrId, visitor: visitorFromRequest(request) }));
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>Game</title>${kaminari.scriptTag({ kmnrId })}<p id="kmnrId">${kmnrId}</p>`);
});
server.listen(Number(variable('GAME_PORT')), 'localhost');
await once(server, 'listening');

/** Calls the sandbox's control API. */
async function control(path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${baseUrl}/_sandbox/${path}`, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}

const player: DeviceContext = {
  device: { id: 'ci-device', os: 'Android 15', lang: 'en', locale: 'en_US' },
  connection: { ip: '54.174.101.1' },
  user: { userId: 'ci-player' },
};

try {
  await control('reset', {});
  await kiip.startSession(player);
  const outcome = await kiip.moment('level_up', player);
  assert.ok(outcome.rewarded, 'a test moment always gets a reward');
  await control('redeem', { rewardId: outcome.reward.id });
  await control('redeem', { rewardId: outcome.reward.id });
  assert.equal(coins.get('ci-player'), 20, 'credited once, however often it is sent');
  await kiip.endSession(player);

  const page = await (await fetch(`http://localhost:${variable('GAME_PORT')}/`)).text();
  const [, kmnrId] = /id="kmnrId">(\w+)</.exec(page) ?? assert.fail('the page has no impression');
  // Do what the page's script does in a browser.
  await fetch(`${baseUrl}/v1/collect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kmnrId, kmnrKey: variable('KAMINARI_KEY') }),
  });
  for (const { status } of await Promise.all(pings)) assert.equal(status, 'delivered');
  const { statistics } = (await control('kaminari')) as { statistics: { kmnrId: string; status: string }[] };
  assert.equal(statistics.find((record) => record.kmnrId === kmnrId)?.status, 'paired');
  console.log('The game works.');
} finally {
  await kiip.close();
  await kaminari.close();
  await receiver.close();
  server.close();
  server.closeAllConnections();
}
