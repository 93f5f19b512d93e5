import { inspect } from 'node:util';
import { KaminariClient, type Conversion, type KaminariClientOptions, type KaminariHooks } from 'kiip-s2s/kaminari';
import { startSandbox } from 'kiip-s2s/sandbox';
import { KiipValidationError } from '../../src/errors/index.js';
import { startKaminari, type Answer, type KaminariServer } from './kaminari-server.js';
import { impression } from './samples.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function connect(
  answer: (number: number) => Answer = () => 200,
  options: Partial<KaminariClientOptions> = {},
): Promise<{ server: KaminariServer; client: KaminariClient }> {
  const server = await startKaminari((_request, number) => answer(number));
  const client = new KaminariClient({
    kmnrKey: 'KEY&1',
    baseUrl: `${server.url}/prefix`,
    retry: { baseDelayMs: 10, maxDelayMs: 50 },
    ...options,
  });
  open.push(server, { close: () => client.close({ graceMs: 0 }) });
  return { server, client };
}

const CONVERSION: Conversion = { cnvId: 'reward-1', status: 'l1' };

test('a GET with everything in its query, no body, and our own user agent', async () => {
  const { server, client } = await connect();
  const subs = { sub1: 'a&b=c', sub7: '', sub10: 'ü +' };
  await expect(
    client.conversion({ cnvId: 'r 1/ü', status: 'l4', payout: 0.25, currency: 'USD', subs }),
  ).resolves.toEqual({ status: 'delivered', attempts: 1 });
  const [request] = server.received;
  expect(request).toMatchObject({
    method: 'GET',
    body: '',
    headers: { 'user-agent': expect.stringMatching(/^kiip-s2s\//) },
  });
  expect(request?.headers).not.toHaveProperty('content-type');
  const url = new URL(request?.path ?? '', 'http://host');
  expect(url.pathname).toBe('/prefix/v1/conversion');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    kmnrKey: 'KEY&1',
    cnvId: 'r 1/ü',
    status: 'l4',
    ...subs,
    currency: 'USD',
    payout: '0.25',
  });
});

test.each([
  [0, '0'],
  [19.99, '19.99'],
  [1e-7, '0.0000001'],
  [999_999_999_999_999, '999999999999999'],
  [0.1 + 0.2, '0.3'],
  [1e-20, '0'],
])('a payout of %d is written as %s', async (payout, written) => {
  const { server, client } = await connect();
  await client.conversion({ ...CONVERSION, payout });
  expect(new URL(server.received[0]?.path ?? '', 'http://host').searchParams.get('payout')).toBe(written);
});

test.each<[string, Answer[], object]>([
  ['204, which is accepted', [204], { status: 'delivered', attempts: 1 }],
  ['202', [202], { status: 'delivered', attempts: 1 }],
  ['503, a reset and 429 first', [503, 'reset', 429, 200], { status: 'delivered', attempts: 4 }],
  ['404', [404], { status: 'rejected', httpStatus: 404, attempts: 1 }],
  [
    'a redirect',
    [{ status: 302, headers: { location: 'http://elsewhere/' } }],
    { status: 'rejected', httpStatus: 302, attempts: 1 },
  ],
  [
    'a pause beyond the window',
    [{ status: 429, headers: { 'retry-after': '3600' } }],
    { status: 'expired', attempts: 1 },
  ],
])('%s', async (_name, answers, result) => {
  const { client } = await connect((number) => answers[number - 1] ?? 500);
  await expect(client.conversion(CONVERSION)).resolves.toEqual(result);
});

test('the window, the signal and close() end it', async () => {
  const { server, client } = await connect(() => 503, { windowMs: 100 });
  await expect(client.conversion(CONVERSION)).resolves.toMatchObject({ status: 'expired' });
  await expect(client.conversion(CONVERSION, { signal: AbortSignal.abort() })).resolves.toEqual({
    status: 'aborted',
    attempts: 0,
  });
  const hanging = await connect(() => 'black hole');
  const pending = [hanging.client.conversion(CONVERSION), hanging.client.ping(impression())];
  await hanging.server.reached(2);
  await expect(hanging.client.close({ graceMs: 20 })).resolves.toEqual({ delivered: 0, abandoned: 2 });
  await expect(Promise.all(pending)).resolves.toEqual(Array(2).fill({ status: 'aborted', attempts: 1 }));
  await expect(hanging.client.conversion(CONVERSION)).resolves.toEqual({ status: 'aborted', attempts: 0 });
  expect(server.received.length).toBeGreaterThan(0);
});

test('pings and conversions share maxPending', async () => {
  const { server, client } = await connect(() => 'black hole', { maxPending: 1 });
  const first = client.ping(impression());
  await expect(client.conversion(CONVERSION)).resolves.toEqual({ status: 'dropped', attempts: 0 });
  await server.reached(1);
  await client.close({ graceMs: 0 });
  await expect(first).resolves.toMatchObject({ status: 'aborted' });
});

test('what is wrong is refused, all at once and misspelt keys too, with nothing sent and nothing repeated', async () => {
  const { server, client } = await connect();
  const wrong = { cnvId: 'a\nsecret', status: 'l5', payout: -1, currency: 'usd', subs: { sub1: 5 }, payuot: 3 };
  const error: unknown = await client.conversion(wrong as never).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(KiipValidationError);
  expect((error as KiipValidationError).issues.map(({ path }) => path)).toEqual([
    'cnvId',
    'status',
    'payout',
    'currency',
    'payuot',
    'subs.sub1',
  ]);
  expect(inspect(error)).toMatch(/did you mean payout/);
  expect(inspect(error)).not.toContain('secret');
  for (const nothing of [
    undefined,
    null,
    [],
    'x',
    {},
    { ...CONVERSION, payout: Number.NaN },
    { ...CONVERSION, cnvId: '' },
  ])
    await expect(client.conversion(nothing as never)).rejects.toThrow(KiipValidationError);
  await expect(client.conversion(CONVERSION, { signl: undefined } as object)).rejects.toThrow(/did you mean signal/);
  expect(server.received).toEqual([]);
});

test('hooks hear of it, and of no id', async () => {
  const events: unknown[] = [];
  const tell = (event: unknown): void => void events.push(event);
  const hooks: KaminariHooks = { onRequest: tell, onResponse: tell, onRetry: tell, onSettled: tell };
  const { client } = await connect((number) => (number === 1 ? 503 : 200), { hooks });
  await client.conversion({ ...CONVERSION, subs: { sub1: 'player-7' } });
  expect(events).toHaveLength(6);
  expect(events).toContainEqual(expect.objectContaining({ operation: 'conversion', code: 'http_status', status: 503 }));
  expect(events.at(-1)).toMatchObject({
    operation: 'conversion',
    outcome: 'accepted',
    result: { status: 'delivered' },
  });
  expect(JSON.stringify(events)).not.toMatch(/reward-1|player-7|KEY/);
});

test('the sandbox takes it and pairs it with the reward', async () => {
  const sandbox = await startSandbox();
  const kaminari = new KaminariClient({ kmnrKey: 'k', baseUrl: sandbox.url });
  open.push(sandbox, kaminari);
  const conversion = { ...CONVERSION, payout: 0.1 + 0.2, currency: 'EUR', subs: { sub10: 'x' } };
  await expect(kaminari.conversion(conversion)).resolves.toEqual({ status: 'delivered', attempts: 1 });
  expect(sandbox.kaminari.conversions()).toMatchObject([
    {
      kmnrKey: 'k',
      cnvId: 'reward-1',
      status: 'l1',
      payout: '0.3',
      currency: 'EUR',
      subs: { sub10: 'x' },
      rewardId: null,
    },
  ]);
});
