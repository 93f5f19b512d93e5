import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { launchChromium } from '../support/chromium.js';
import { describeWith, freePort } from '../support/services.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  closeAll,
  moment,
  MOMENT_PATH,
  post,
  rewardOf,
  sandboxWith,
  send,
  session,
  type MomentAnswer,
} from './support.js';

afterEach(closeAll);

test('a program in Python drives it over HTTP and verifies the callback by itself', async () => {
  const port = await freePort();
  const sandbox = await sandboxWith({ callbackUrl: `http://127.0.0.1:${port}/callback` });
  const child = spawn('python3', ['__tests__/sandbox/control.py', sandbox.url, sandbox.appSecret, String(port)]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, said }).toMatchObject({ code: 0, said: expect.not.stringContaining('FAILED') as unknown });
  expect(said.match(/^ok: /gm)).toHaveLength(11);
}, 60_000);

test.each([
  ['reset', { seed: 1 }],
  ['fail', { fault: 'reset', time: 3 }],
  ['redeem', { rewardId: 'r', quantitiy: 2 }],
  ['issue', { rewardId: 'r', none: 'n' }],
  ['replay', { id: 'd', again: true }],
  ['answer-not-yet', { count: 2 }],
  ['answer-verdict', { verdict: 1, scor: 2 }],
  ['advance', { seconds: 2 }],
])('%s refuses a field that it does not know', async (name, input) => {
  const sandbox = await sandboxWith();
  const { status, text } = await post(`${sandbox.url}/_sandbox/${name}`, input);
  expect(status).toBe(400);
  expect(text).toMatch(/not a known field|takes \{ fraud, block \}/);
});

describe('addresses', () => {
  const bodyUrlOf = async (url: string, headers: Record<string, string> = {}): Promise<string> =>
    (JSON.parse((await post(url + MOMENT_PATH, moment(), headers)).text) as MomentAnswer).view?.modal.body_url ?? '';

  test('body_url and picture follow the Host that the client used, once it was checked', async () => {
    const sandbox = await sandboxWith({ allowedHosts: ['sandbox'] });
    const { port } = new URL(sandbox.url);
    expect(await bodyUrlOf(sandbox.url, { host: 'sandbox:8301' })).toMatch(/^http:\/\/sandbox:8301\/reward\//);
    expect(await bodyUrlOf(`http://localhost:${port}`)).toMatch(new RegExp(`^http://localhost:${port}/reward/`));
    const { text } = await post(sandbox.url + MOMENT_PATH, moment(), { host: 'sandbox' });
    expect(text).toContain('"reward_image_url":"http://sandbox/assets/reward.svg"');
  });

  test('publicUrl overrides it, and is a name of the sandbox', async () => {
    const sandbox = await sandboxWith({ publicUrl: 'https://sandbox.example/' });
    const host = 'sandbox.example';
    expect(await bodyUrlOf(sandbox.url, { host })).toMatch(/^https:\/\/sandbox\.example\/reward\//);
    expect(await bodyUrlOf(sandbox.url)).toMatch(/^https:\/\/sandbox\.example\/reward\//);
    const own = { host, origin: 'https://sandbox.example', 'sec-fetch-site': 'same-origin' };
    expect((await post(`${sandbox.url}/_sandbox/reset`, {}, own)).status).toBe(200);
    expect((await post(`${sandbox.url}/_sandbox/reset`, {}, { ...own, origin: 'https://other.example' })).status).toBe(
      403,
    );
  });

  test.each([
    ['publicUrl', 'sandbox:8301'],
    ['publicUrl', 'https://user@sandbox.example'],
    ['publicUrl', 'ftp://sandbox.example'],
  ])('%s %s is refused', async (path, value) => {
    await expect(sandboxWith({ [path]: value })).rejects.toMatchObject({ code: 'config', issues: [{ path }] });
  });

  test('callbacks go over http: to another host only when that was allowed', async () => {
    const callbackUrl = 'http://backend:3000/kiip/callback';
    await expect(sandboxWith({ callbackUrl })).rejects.toMatchObject({
      message: expect.stringContaining('allowInsecureCallback: true') as unknown,
    });
    await sandboxWith({ callbackUrl, allowInsecureCallback: true });
    await expect(sandboxWith({ callbackUrl: 'ftp://backend/', allowInsecureCallback: true })).rejects.toMatchObject({
      issues: [{ path: 'callbackUrl' }],
    });
  });
});

test('reset() forgets everything and starts the seed anew', async () => {
  const sandbox = await sandboxWith({ fillRate: 0.5, seed: 3, callbackUrl: 'http://127.0.0.1:1/' });
  const live = async (): Promise<boolean[]> => {
    const found: boolean[] = [];
    for (let n = 0; n < 20; n += 1)
      found.push((await post(sandbox.url + MOMENT_PATH, moment({ test: false }))).text.includes('body_url'));
    return found;
  };
  const first = await live();
  await post(sandbox.url + MOMENT_PATH, session({ user_consent_info: { user_compliance: true } }));
  await post(`${sandbox.url}/v2/ping`, { kmnrId: 'a', kmnrKey: 'k' });
  await fetch(`${sandbox.url}/v1/conversion?kmnrKey=k&cnvId=c&status=l1`);
  sandbox.kaminari.advance(300_000);
  const pending = sandbox.redeem(sandbox.rewards[0]?.id ?? '');
  sandbox.failNext({ kind: 'reset' }, 5);
  sandbox.kaminari.answerNotYet(5);
  const lastId = sandbox.requests.at(-1)?.id ?? 0;
  sandbox.reset();
  await pending;
  expect([sandbox.requests, sandbox.rewards, sandbox.deliveries]).toEqual([[], [], []]);
  expect([sandbox.kaminari.statistics(), sandbox.kaminari.conversions()]).toEqual([[], []]);
  expect(sandbox.compliance('johndoe', '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b')).toBeNull();
  expect(await live()).toEqual(first);
  expect((await post(`${sandbox.url}/v2/ping`, { kmnrId: 'a', kmnrKey: 'k' })).status).toBe(200);
  expect(sandbox.requests[0]?.id).toBe(lastId + 1);
});

test('await using closes it', async () => {
  let url: string;
  {
    await using sandbox = await sandboxWith();
    ({ url } = sandbox);
    expect((await send(`${url}/`)).status).toBe(200);
  }
  await expect(send(`${url}/`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

describe('consent (K14)', () => {
  const device = (id: string) => ({ device: { id, os: 'Android 15', lang: 'en', locale: 'en_US' } });
  const consent = (user_compliance: boolean, state?: string) => ({
    user_consent_info: { user_compliance, ...(state && { state }) },
  });

  test('is known for a user on a device, the newest first, however it came', async () => {
    const sandbox = await sandboxWith({ appKey: 'the-key' });
    const app = { app: { app_key: 'the-key', version: '1' } };
    await post(sandbox.url + MOMENT_PATH, session({ ...app, ...device('d1'), ...consent(true, 'CA') }));
    expect(sandbox.compliance('johndoe', 'd1')).toEqual({
      optedOut: true,
      state: 'CA',
      at: expect.any(Date) as unknown,
    });
    expect([sandbox.compliance('johndoe', 'd2'), sandbox.compliance('else', 'd1')]).toEqual([null, null]);
    await post(sandbox.url + MOMENT_PATH, moment({ ...app, ...device('d1'), ...consent(false) }));
    expect(sandbox.compliance('johndoe', 'd1')).toMatchObject({ optedOut: false, state: null });
    const batch = [
      { device_id: 'd1', user_id: 'johndoe', user_compliance: true, state: 'UT' },
      { device_id: 'd1', user_compliance: false },
    ];
    const sent = { app: { app_key: 'the-key' }, user_consent_info: batch };
    expect((await post(`${sandbox.url}/ccpaconsent/`, sent)).status).toBe(200);
    expect(sandbox.requests.at(-1)?.verdict).toBe('consent: 2 (1 without user_id, which match nobody)');
    expect(sandbox.compliance('johndoe', 'd1')).toMatchObject({ optedOut: true, state: 'UT' });
  });

  test('what the platform did not take in it does not know', async () => {
    const sandbox = await sandboxWith({ appKey: 'the-key' });
    await post(sandbox.url + MOMENT_PATH, session({ ...device('d1'), ...consent(true) }));
    const app = { app: { app_key: 'the-key', version: '1' } };
    sandbox.failNext({ kind: 'status', status: 503 });
    await post(sandbox.url + MOMENT_PATH, session({ ...app, ...device('d1'), ...consent(true) }));
    await post(sandbox.url + MOMENT_PATH, session({ ...app, ...device('d1'), ...consent(true), user: undefined }));
    expect(sandbox.compliance('johndoe', 'd1')).toBeNull();
  });
});

test('a moment without a session is advice; what both documents print is accepted', async () => {
  const sandbox = await sandboxWith();
  const codes = (): string[] => sandbox.requests.at(-1)?.advice.map(({ code }) => code) ?? [];
  await post(sandbox.url + MOMENT_PATH, moment());
  expect([codes()[0], sandbox.requests[0]?.verdict]).toEqual(['no_session', 'moment: reward']);
  const start = { id: 'session_start', start: '2015-01-28T01:32:22.852Z' };
  const printed = session({ events: undefined, event: [start], close_button: '' });
  expect((await post(sandbox.url + MOMENT_PATH, printed)).status).toBe(200);
  await post(sandbox.url + MOMENT_PATH, moment());
  expect(codes()).not.toContain('no_session');
  await post(sandbox.url + MOMENT_PATH, session({ events: [{ ...start, id: 'session_end' }] }));
  await post(sandbox.url + MOMENT_PATH, moment());
  expect(codes()).toContain('no_session');
  await post(sandbox.url + MOMENT_PATH, moment({ event: [start] }));
  expect(codes()).not.toContain('no_session');
});

test('a request tells how long it took', async () => {
  const sandbox = await sandboxWith();
  sandbox.failNext({ kind: 'delay', ms: 50 });
  await post(sandbox.url + MOMENT_PATH, moment());
  while (sandbox.requests[0]?.durationMs === null) await new Promise((resolve) => setImmediate(resolve));
  expect(sandbox.requests[0]?.durationMs).toBeGreaterThanOrEqual(49);
});

test('limits: maxBodyBytes for every route, 8 KiB for the collector, with headers that a page may read', async () => {
  const sandbox = await sandboxWith({ maxBodyBytes: 2_000 });
  expect((await post(sandbox.url + MOMENT_PATH, moment({ bundle_id: 'x'.repeat(2_000) }))).status).toBe(413);
  expect((await post(sandbox.url + MOMENT_PATH, moment())).status).toBe(200);
  const record = { kmnrId: 'a', kmnrKey: 'k' };
  expect((await post(`${sandbox.url}/v1/collect`, { ...record, page: 'x'.repeat(7_000) })).status).toBe(200);
  const refused = await post(`${sandbox.url}/v1/collect`, { ...record, page: 'x'.repeat(8_200) });
  expect(refused).toMatchObject({ status: 413, headers: { 'access-control-allow-origin': '*' } });
  expect(sandbox.requests.at(-1)?.body).toBeNull();
});

describe('Kaminari', () => {
  test('conversions are paired with rewards and impressions by what they share (M10)', async () => {
    const sandbox = await sandboxWith();
    const rewardId = await rewardOf(sandbox);
    const report = async (query: Record<string, string>): Promise<number> =>
      (
        await send(
          `${sandbox.url}/v1/conversion?${new URLSearchParams({ kmnrKey: 'k', status: 'l1', ...query }).toString()}`,
        )
      ).status;
    await post(`${sandbox.url}/v1/collect`, { kmnrId: 'impression-1', kmnrKey: 'k', cnvId: 'c1' });
    expect(await report({ cnvId: 'c1', payout: '0.20', currency: 'USD', sub1: rewardId })).toBe(200);
    expect(await report({ cnvId: rewardId.replace('test_', '') })).toBe(200);
    expect(await report({ cnvId: 'c1', kmnrKey: 'other' })).toBe(200);
    for (const wrong of [
      { cnvId: '' },
      { cnvId: 'c', status: 'paid' },
      { cnvId: 'c', payout: '-1' },
      { cnvId: 'c', currency: 'usd' },
      { cnvId: 'c', sub11: 'x' },
    ])
      expect(await report(wrong as Record<string, string>)).toBe(400);
    expect(sandbox.kaminari.conversions()).toEqual([
      {
        kmnrKey: 'k',
        cnvId: 'c1',
        status: 'l1',
        payout: '0.20',
        currency: 'USD',
        subs: { sub1: rewardId },
        rewardId,
        kmnrId: 'impression-1',
        at: expect.any(Date) as unknown,
      },
      expect.objectContaining({ rewardId, kmnrId: null, payout: null, currency: null, subs: {} }),
      expect.objectContaining({ rewardId: null, kmnrId: null }),
    ]);
    expect(sandbox.requests.map(({ verdict }) => verdict)).toContain(
      'conversion: l1, with a reward and with an impression',
    );
  });

  test.each([{ fraud: 2, block: 0 }, { fraud: true, block: false }, {}, null])(
    'answerVerdict(%j) is refused',
    async (verdict) => {
      const sandbox = await sandboxWith();
      expect(() => sandbox.kaminari.answerVerdict(verdict as never)).toThrow(
        expect.objectContaining({ code: 'config' }),
      );
    },
  );
});

describeWith('chromium', 'the verdict in the page (M11)', () => {
  test('the script calls window.kmnr.onResponse, looked up when the verdict comes; its error is the page’s own', async () => {
    const sandbox = await sandboxWith();
    sandbox.kaminari.answerVerdict({ fraud: 1, block: 0 });
    const html = `<!doctype html><title>game</title><script>window.kmnr = { kmnrKey: 'k', kmnrId: 'i1', cnvId: 'c1', sub9: 'x' };
      window.kmnr.onResponse = function (verdict) { window.verdict = verdict; throw new Error('mine'); };</script>
      <script async src="${sandbox.url}/v1/script.js"></script>`;
    const page = createServer((_request, response) => response.end(html));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const browser = await launchChromium();
    try {
      const tab = await browser.newPage();
      const problem = tab.waitForEvent('pageerror');
      await tab.goto(`http://localhost:${(page.address() as AddressInfo).port}/`);
      expect((await problem).message).toBe('mine');
      expect(await tab.evaluate('window.verdict')).toEqual({ fraud: 1, block: 0 });
      await send(`${sandbox.url}/v1/conversion?kmnrKey=k&cnvId=c1&status=l4`);
      expect(sandbox.kaminari.conversions()[0]).toMatchObject({ kmnrId: 'i1' });
      expect(JSON.stringify(sandbox.requests.find(({ kind }) => kind === 'collect')?.body).length).toBeLessThan(4_000);
    } finally {
      await browser.close();
      page.closeAllConnections();
      page.close();
    }
  });
});
