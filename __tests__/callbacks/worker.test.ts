import type * as Callbacks from '../../src/callbacks/index.js';
import type { callbackFetch } from '../../src/adapters/fetch.js';
import { signCallback } from '../../src/callbacks/index.js';
import { loadInWorker } from '../support/worker.js';

const secret = 'the app secret';
const fields = { content: 'coins', name: 'Münzen', quantity: '20.0', userId: 'player-7', transactionId: 'reward-1' };
const body = `{"content":"coins","name":"Münzen","quantity":20.0,"user_id":"player-7","transaction_id":"reward-1","signature":"${signCallback(fields, secret)}"}`;

test('callbacks verify and are credited in a worker without Buffer, process and modules of Node', async () => {
  const callbacks = (await loadInWorker('src/callbacks/index.ts')) as unknown as typeof Callbacks;
  const adapter = (await loadInWorker('src/adapters/fetch.ts')) as unknown as { callbackFetch: typeof callbackFetch };
  expect(callbacks.signCallback(fields, secret)).toBe(signCallback(fields, secret));
  expect(callbacks.verifyCallback(new TextEncoder().encode(body), { secret })).toMatchObject({ quantityText: '20.0' });

  const onRedemption = jest.fn();
  const refused: string[] = [];
  const receiver = callbacks.createCallbackReceiver({
    secret: () => Promise.resolve(secret),
    ledger: callbacks.memoryLedger(),
    onRedemption,
    onRefused: ({ code }) => refused.push(code),
  });
  const handle = adapter.callbackFetch(receiver);
  const post = async (text: string): Promise<string> => {
    const response = await handle(new Request('http://x/', { method: 'POST', body: text }));
    return `${response.status} ${await response.text()}`;
  };
  expect(await post(body)).toBe('200 {"result":"processed"}');
  expect(await post(body)).toBe('200 {"result":"duplicate"}');
  expect(await post(body.replace('player-7', 'player-8'))).toBe('401 {"error":"bad_signature"}');
  expect(await post(`${body}${' '.repeat(70_000)}`)).toBe('413 {"error":"too_large"}');
  expect(onRedemption).toHaveBeenCalledTimes(1);
  expect(refused).toEqual(['bad_signature', 'too_large']);
});
