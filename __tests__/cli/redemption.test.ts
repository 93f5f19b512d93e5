import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KiipClient, type Reward } from 'kiip-s2s';
import { verifyCallback } from 'kiip-s2s/callbacks';
import { startSandbox } from 'kiip-s2s/sandbox';
import { checkRedemption } from '../../src/cli/smoke/redemption.js';
import { startEmbedded, type Embedded } from '../../src/cli/smoke/embedded.js';
import { CONTEXT } from '../support/context.js';

const stop = new AbortController().signal;

async function rewardOf({ sandbox }: Pick<Embedded, 'sandbox'>): Promise<Reward> {
  const client = new KiipClient({ appKey: sandbox.appKey, appVersion: '1', test: true, baseUrl: sandbox.url });
  const outcome = await client.moment('m', CONTEXT);
  await client.close();
  if (!outcome.rewarded) throw new Error('no reward');
  return outcome.reward;
}

/** A game's endpoint as somebody might write it, with a mistake. */
async function startNaive(
  answer: (body: string, secret: string, credit: () => void) => [status: number, text: string],
): Promise<Embedded> {
  const credits: { transactionId: string; quantity: number; name: string }[] = [];
  const appSecret = 'sandbox-secret';
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { transaction_id: transactionId } = JSON.parse(body) as { transaction_id: string };
      const [status, text] = answer(body, appSecret, () =>
        credits.push({ transactionId, quantity: 20, name: 'Coins' }),
      );
      response.writeHead(status).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const callbackUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const sandbox = await startSandbox({ appSecret, callbackUrl });
  const close = async (): Promise<void> => {
    await sandbox.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { sandbox, callbackUrl, credits, close };
}

const isGenuine = (body: string, secret: string): boolean => {
  try {
    return verifyCallback(body, { secret }).type === 'redemption';
  } catch {
    return false;
  }
};

test.each([
  [
    'credits every delivery',
    (body: string, secret: string, credit: () => void): [number, string] => {
      if (!isGenuine(body, secret)) return [401, ''];
      credit();
      return [200, ''];
    },
    ['the repeated redemption was answered 200, not 200 duplicate', 'credited 3 times'],
  ],
  [
    'does not verify',
    (_body: string, _secret: string, credit: () => void): [number, string] => {
      credit();
      return [200, 'duplicate'];
    },
    ['a changed body was answered 200, not 401', 'credited 4 times'],
  ],
  ['credits nothing', (): [number, string] => [200, ''], ['credited 0 times, not once']],
  ['refuses', (): [number, string] => [403, ''], ['answered 403, not 200']],
])('an endpoint that %s is found out', async (_what, answer, messages) => {
  const embedded = await startNaive(answer);
  try {
    const result = await checkRedemption(embedded, await rewardOf(embedded), stop);
    for (const message of messages) expect(result).toEqual({ kind: 'failed', error: expect.stringContaining(message) });
  } finally {
    await embedded.close();
  }
});

test('the embedded one passes, and an issuance is credited too', async () => {
  const embedded = await startEmbedded();
  try {
    const reward = await rewardOf(embedded);
    expect(await checkRedemption(embedded, reward, stop)).toMatchObject({
      detail: expect.stringContaining('20 Coins credited'),
    });
    expect(await embedded.sandbox.issue(reward.id)).toMatchObject({ status: 200 });
    expect(embedded.credits).toHaveLength(2);
  } finally {
    await embedded.close();
  }
});
