// A busy hour in a few seconds: everything that telemetry counts happens at least once, against a real sandbox.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KiipClient } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger, signCallback } from 'kiip-s2s/callbacks';
import { createPingBackReceiver, KaminariClient } from 'kiip-s2s/kaminari';
import { callbackListener } from 'kiip-s2s/node';
import { startSandbox, type Sandbox } from 'kiip-s2s/sandbox';
import { impression } from '../kaminari/samples.js';
import { CONTEXT, SECRETS } from '../support/context.js';

/** What really happened, to be compared with what was recorded. */
export interface Hour {
  readonly rewards: number;
  readonly emptyMoments: number;
}

const ignore = (): undefined => undefined;
const FAILING_REWARD = 2;
const JSON_BODY = { 'content-type': 'application/json' };
/** What is credited only when its second delivery has been answered. */
const SLOW = { transactionId: 'slow-1', content: 'slow', name: 'n', quantity: 1, userId: SECRETS.userId };

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/kiip/callback`;
}

async function callThePlatform(sandbox: Sandbox): Promise<{ rewardIds: string[]; emptyMoments: number }> {
  const options = { appKey: SECRETS.appKey, appVersion: '1.0', test: false, baseUrl: sandbox.url } as const;
  const client = new KiipClient({
    ...options,
    retry: { baseDelayMs: 1 },
    blockedCountries: ['DE'],
    unknownCountry: 'send',
  });
  sandbox.failNext({ kind: 'status', status: 503 }, 2);
  await client.startSession(CONTEXT);
  const rewardIds: string[] = [];
  let emptyMoments = 0;
  for (let i = 0; i < 30; i += 1) {
    if (i === 10) sandbox.failNext({ kind: 'status', status: 429, retryAfter: '0' });
    const outcome = await client.moment('level_up', CONTEXT);
    if (outcome.rewarded) rewardIds.push(outcome.reward.id);
    else emptyMoments += 1;
  }
  await client.moment('level_up', { ...CONTEXT, country: 'DE' });
  sandbox.failNext({ kind: 'garbage' });
  await client.moment('level_up', CONTEXT).catch(ignore);
  sandbox.failNext({ kind: 'reset' });
  await client.moment('level_up', CONTEXT).catch(ignore);
  sandbox.failNext({ kind: 'delay', ms: 200 });
  await client.moment('level_up', CONTEXT, { timeoutMs: 30 }).catch(ignore);
  await client.endSession(CONTEXT);
  await client.close();
  await client.moment('level_up', CONTEXT).catch(ignore);

  const stranger = new KiipClient({ ...options, appKey: 'not-the-key', retry: false });
  await stranger.startSession(CONTEXT).catch(ignore);
  await stranger.close();

  const send = () => Promise.resolve({ status: 200, headers: {}, body: '{"error":"no such app"}' });
  const refused = new KiipClient({ ...options, transport: { send } });
  await refused.startSession(CONTEXT).catch(ignore);
  await refused.close();

  const narrow = new KiipClient({ ...options, maxConcurrent: 1, maxQueued: 1 });
  sandbox.failNext({ kind: 'delay', ms: 50 });
  await Promise.all([1, 2, 3].map(() => narrow.startSession(CONTEXT).catch(ignore)));
  await narrow.close();
  return { rewardIds, emptyMoments };
}

async function takeCallbacks(sandbox: Sandbox, url: string, rewardIds: readonly string[]): Promise<void> {
  for (const id of rewardIds) {
    const delivery = await sandbox.redeem(id);
    await sandbox.replay(delivery);
  }
  await sandbox.issue(rewardIds[0] ?? '');
  const { transactionId, content, name, quantity, userId } = SLOW;
  const fields = { transaction_id: transactionId, content, name, quantity, user_id: userId };
  const slow = JSON.stringify({ ...fields, signature: signCallback(SLOW, SECRETS.appKey) });
  await Promise.all([1, 2].map(() => fetch(url, { method: 'POST', headers: JSON_BODY, body: slow })));
  const forged = JSON.stringify({
    user_id: SECRETS.userId,
    transaction_id: 'x',
    content: 'c',
    quantity: 1,
    name: 'n',
    signature: 'f'.repeat(40),
  });
  await fetch(url, { method: 'POST', headers: JSON_BODY, body: forged });
  await fetch(url, { method: 'POST', headers: JSON_BODY, body: '{' });
  await fetch(url);
}

async function pingKaminari(sandbox: Sandbox): Promise<void> {
  const kaminari = new KaminariClient({ kmnrKey: 'kmnr-key', baseUrl: sandbox.url, retry: { baseDelayMs: 1 } });
  sandbox.kaminari.answerNotYet(2);
  await kaminari.ping(impression());
  await kaminari.ping(impression());
  await kaminari.test(impression());
  await kaminari.conversion({ cnvId: SECRETS.userId, status: 'l1' });
  sandbox.failNext({ kind: 'status', status: 403 });
  await kaminari.ping(impression());
  await kaminari.close();
  await kaminari.ping(impression());

  const receiver = createPingBackReceiver({ kmnrKey: 'kmnr-key', onPingBack: ignore, onRefused: ignore });
  const send = (body: object) => receiver.handle({ method: 'POST', headers: JSON_BODY, rawBody: JSON.stringify(body) });
  const pingBack = { kmnrKey: 'kmnr-key', kmnrId: '1125570260', fraud: 1, block: 0, sub1: SECRETS.userId };
  await send(pingBack);
  await send(pingBack);
  await send({ ...pingBack, kmnrKey: 'another' });
  await receiver.close();
}

/** Plays the hour. */
export async function playHour(): Promise<Hour> {
  let redemptions = 0;
  let answerSlow = ignore;
  const busy = new Promise<void>((resolve) => (answerSlow = () => void resolve()));
  const receiver = createCallbackReceiver({
    secret: SECRETS.appKey,
    ledger: memoryLedger(),
    onRedemption: ({ content }) => {
      if (content === SLOW.content) return busy;
      redemptions += 1;
      if (redemptions === FAILING_REWARD) throw new Error(`no player ${SECRETS.userId}`);
      return undefined;
    },
    onIssuance: ignore,
    onRefused: ({ code }) => {
      if (code === 'busy') answerSlow();
    },
    onError: ignore,
  });
  const server = createServer(callbackListener(receiver));
  const callbackUrl = await listen(server);
  const sandbox = await startSandbox({
    appKey: SECRETS.appKey,
    appSecret: SECRETS.appKey,
    callbackUrl,
    fillRate: 0.5,
    seed: 7,
  });
  try {
    const { rewardIds, emptyMoments } = await callThePlatform(sandbox);
    await takeCallbacks(sandbox, callbackUrl, rewardIds);
    await pingKaminari(sandbox);
    return { rewards: rewardIds.length, emptyMoments };
  } finally {
    await sandbox.close();
    await receiver.close();
    await new Promise((resolve) => server.close(resolve));
  }
}
