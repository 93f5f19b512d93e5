import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buildMoment } from 'kiip-s2s';
import { type Sandbox } from 'kiip-s2s/sandbox';
import { type Controls, type Detail, type Outcome, type Summary } from '../../src/sandbox/pages/inspector/messages.js';
import {
  closeAll,
  moment,
  MOMENT_PATH,
  post,
  rewardOf,
  sandboxWith,
  send,
  session,
  type Reply,
} from '../sandbox/support.js';
import { APP, CONTEXT, SECRETS } from '../support/context.js';

const endings: (() => void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) end();
  await closeAll();
});

interface Stream {
  readonly response: IncomingMessage;
  readonly text: string;
  /** The values of one kind of event so far, once there are `count`. */
  values<T>(event: string, count: number): Promise<T[]>;
}

function listen(sandbox: Sandbox): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${sandbox.url}/inspector/events`, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', () => undefined);
      resolve({
        response,
        get text() {
          return text;
        },
        async values<T>(event: string, count: number): Promise<T[]> {
          for (;;) {
            const found = [...text.matchAll(new RegExp(`event: ${event}\ndata: (.*)\n\n`, 'g'))].map(
              ([, data]) => JSON.parse(data ?? '') as T,
            );
            if (found.length >= count) return found;
            await once(response, 'data');
          }
        },
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
    endings.push(() => outgoing.destroy());
  });
}

const closed = (response: IncomingMessage): Promise<void> => new Promise((resolve) => response.once('close', resolve));

async function snapshotOf(sandbox: Sandbox): Promise<Summary[]> {
  const stream = await listen(sandbox);
  const [snapshot] = await stream.values<Summary[]>('snapshot', 1);
  stream.response.destroy();
  return snapshot ?? [];
}

const detailOf = async (sandbox: Sandbox, id: string): Promise<Detail> =>
  JSON.parse((await send(`${sandbox.url}/inspector/entries/${encodeURIComponent(id)}`)).text) as Detail;
const act = async (sandbox: Sandbox, path: string, body: unknown = {}): Promise<Outcome & { status: number }> => {
  const reply = await post(`${sandbox.url}/inspector/${path}`, body);
  return { status: reply.status, ...(JSON.parse(reply.text) as Outcome) };
};

/** An endpoint for callbacks that repeats what it got, as careless backends do. */
async function backend(status = 200): Promise<string> {
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    incoming.on('end', () => response.writeHead(status).end(`credited: ${text}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback?token=hidden`;
}

describe('personal data', () => {
  const values = Object.values(SECRETS).map(String);
  const shown = (text: string): string[] => values.filter((value) => text.includes(value));

  /** Everything that can hold personal data, right and wrong. */
  async function busySandbox(): Promise<Sandbox> {
    const sandbox = await sandboxWith({ callbackUrl: await backend() });
    const payload = buildMoment(APP, 'level_up', CONTEXT) as unknown as Record<string, unknown>;
    const reward = await post(sandbox.url + MOMENT_PATH, payload);
    const { view } = JSON.parse(reward.text) as { view: { id: string; modal: { body_url: string } } };
    await post(sandbox.url + MOMENT_PATH, {
      ...payload,
      emailAddress: SECRETS.email,
      user: { userId: SECRETS.userId },
    });
    await post(sandbox.url + MOMENT_PATH, `not JSON: ${JSON.stringify(payload)}`);
    await post(sandbox.url + MOMENT_PATH, [payload, [SECRETS.lat]]);
    const ping = { kmnrId: 'a1', kmnrKey: SECRETS.appKey, sub1: SECRETS.userId };
    const headers = {
      'x-original-ip': SECRETS.ip,
      'x-forwarded-for': SECRETS.ip,
      cookie: SECRETS.userId,
      'user-agent': 'Visitor/1',
    };
    await post(`${sandbox.url}/v2/ping`, ping, headers);
    await post(`${sandbox.url}/v1/pingtest`, ping, headers);
    await post(`${sandbox.url}/v1/collect`, {
      ...ping,
      page: `https://game.example/${SECRETS.userId}`,
      webdriver: false,
    });
    await post(`${sandbox.url}/elsewhere?user=${SECRETS.userId}&mode=standalone`, payload);
    const email = new URLSearchParams({ email: SECRETS.email }).toString();
    await post(view.modal.body_url.replace(/\?.*/, '/redeem'), email, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    await sandbox.redeem(view.id);
    await sandbox.issue(view.id, { format: 'form' });
    return sandbox;
  }

  test('is in nothing but an entry that was told to show it', async () => {
    const sandbox = await busySandbox();
    const stream = await listen(sandbox);
    const [snapshot = []] = await stream.values<Summary[]>('snapshot', 1);
    expect(new Set(snapshot.map(({ type }) => type))).toEqual(
      new Set(['moment', 'session', 'reward', 'callback', 'ping', 'pairing', 'other']),
    );
    expect(shown(stream.text)).toEqual([]);
    expect(stream.text).not.toContain('hidden'); // the callback address's query
    const seen = new Set<string>();
    for (const { id } of snapshot) {
      const masked = await send(`${sandbox.url}/inspector/entries/${id}`);
      expect(masked.status).toBe(200);
      expect({ id, shown: shown(masked.text) }).toEqual({ id, shown: [] });
      expect((JSON.parse(masked.text) as Detail).isMasked).toBe(true);
      const open = await send(`${sandbox.url}/inspector/entries/${id}/reveal`, { method: 'POST' });
      expect((JSON.parse(open.text) as Detail).isMasked).toBe(false);
      for (const value of shown(open.text)) seen.add(value);
    }
    expect([...seen].sort()).toEqual([...values].sort());
  });

  test.each(['json', 'form'] as const)(
    'a user id is masked in a callback as %s, however it is written there and repeated',
    async (format) => {
      const userId = 'o"neil (a+b) é~!\\';
      const sandbox = await sandboxWith({ callbackUrl: await backend() });
      await post(sandbox.url + MOMENT_PATH, moment({ user: { userid: userId } }));
      await sandbox.redeem(sandbox.rewards[0]?.id ?? '', { format });
      const [callback] = (await snapshotOf(sandbox)).filter(({ type }) => type === 'callback');
      const { sections } = await detailOf(sandbox, callback?.id ?? '');
      expect(JSON.stringify(sections)).not.toMatch(/neil/);
      expect(JSON.stringify(sections)).toContain('transaction_id');
    },
  );

  test('what says nothing about a person stays readable', async () => {
    const sandbox = await busySandbox();
    const summaries = await snapshotOf(sandbox);
    const first = await detailOf(sandbox, summaries.find(({ type }) => type === 'moment')?.id ?? '');
    const payload = first.sections.find(({ heading }) => heading === 'Payload');
    expect(payload).toMatchObject({
      kind: 'json',
      value: {
        app: { app_key: '••••••', version: '1.4.2' },
        device: { id: '••••••', os: 'Android 15' },
        location: { lat: '••••••' },
        moment: { id: 'level_up' },
      },
    });
    const callback = await detailOf(sandbox, summaries.find(({ type }) => type === 'callback')?.id ?? '');
    expect(callback.sections.find(({ heading }) => heading === 'Fields')).toMatchObject({
      value: { user_id: '••••••', quantity: 20, name: 'Coins' },
    });
    const other = await detailOf(sandbox, summaries.find(({ title }) => title === 'POST /elsewhere')?.id ?? '');
    expect(JSON.stringify(other)).toContain('/elsewhere?user=••••••&mode=standalone');
  });
});

describe('the list and its entries', () => {
  test('comes as a snapshot, then one by one; a reward that is redeemed comes again', async () => {
    const sandbox = await sandboxWith();
    await post(sandbox.url + MOMENT_PATH, session());
    const stream = await listen(sandbox);
    expect(stream.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(await stream.values<Summary[]>('snapshot', 1)).toMatchObject([
      [{ type: 'session', title: 'Session', verdict: 'session_start', tone: 'good' }],
    ]);
    const id = await rewardOf(sandbox, { user: undefined });
    await post(sandbox.url + MOMENT_PATH, moment({ device: undefined }));
    sandbox.failNext({ kind: 'status', status: 503 });
    await post(sandbox.url + MOMENT_PATH, moment());
    await act(sandbox, `rewards/${id}/redeem`);
    const entries = await stream.values<Summary>('entry', 5);
    expect(entries.map(({ id: entry, type, verdict, tone }) => [entry, type, verdict, tone])).toEqual([
      [`reward-${id}`, 'reward', 'not redeemed yet', 'plain'],
      ['request-2', 'moment', 'reward', 'good'],
      ['request-3', 'moment', 'rejected: device is required', 'bad'],
      ['request-4', 'moment', 'fault: status 503', 'bad'],
      [`reward-${id}`, 'reward', 'redeemed', 'good'],
    ]);
    expect(sandbox.requests.filter(({ path }) => path.startsWith('/inspector'))).toEqual([]);
  });

  test('advice and answer are there; advice on what is wrong is not', async () => {
    const sandbox = await sandboxWith();
    await post(sandbox.url + MOMENT_PATH, moment({ location: undefined }));
    await post(sandbox.url + MOMENT_PATH, moment({ device: undefined }));
    const right = await detailOf(sandbox, 'request-1');
    expect(right.sections.map(({ heading }) => heading)).toEqual(['Request', 'Advice', 'Payload', 'Answer', 'Headers']);
    expect(right.sections[1]).toMatchObject({
      kind: 'advice',
      advice: [{ code: 'no_session', path: 'device.id' }, { path: 'location' }, { path: 'device.userAgent' }],
    });
    expect(right.sections[3]).toMatchObject({
      kind: 'json',
      value: { view: { id: expect.stringMatching(/^test_/) as string } },
    });
    const wrong = await detailOf(sandbox, 'request-2');
    expect(wrong.sections.map(({ heading }) => heading)).toEqual(['Request', 'Payload', 'Answer', 'Headers']);
    expect(wrong.sections[2]).toMatchObject({
      value: { error: 'the payload does not follow the documents: device is required' },
    });
  });

  test.each(['request-99', 'request-x', 'reward-x', 'callback-1', 'pairing-1', 'nothing', '__proto__-1', '%00'])(
    'no entry %p: 404',
    async (id) => {
      const sandbox = await sandboxWith();
      expect((await send(`${sandbox.url}/inspector/entries/${id}`)).status).toBe(404);
      expect((await send(`${sandbox.url}/inspector/entries/${id}/reveal`, { method: 'POST' })).status).toBe(404);
    },
  );

  test('HEAD of the stream ends; 16 streams at once, and a place is free again after one ended', async () => {
    const sandbox = await sandboxWith();
    expect((await send(`${sandbox.url}/inspector/events`, { method: 'HEAD' })).headers['content-type']).toBe(
      'text/event-stream',
    );
    const streams = await Promise.all(Array.from({ length: 16 }, () => listen(sandbox)));
    expect((await send(`${sandbox.url}/inspector/events`)).status).toBe(503);
    streams[0]?.response.destroy();
    let status = 503;
    while (status === 503) {
      const next = await listen(sandbox);
      status = next.response.statusCode ?? 0;
    }
    expect(status).toBe(200);
  });

  test('a reader that does not read is cut off, and nobody else is', async () => {
    const sandbox = await sandboxWith();
    const [slow, quick] = [await listen(sandbox), await listen(sandbox)];
    slow.response.pause();
    // It notices once it reads again; the server does not wait for that.
    const cut = closed(slow.response);
    const text = 'n'.repeat(10_000);
    for (let sent = 0; sent < 500; sent += 1) await act(sandbox, 'settings', { rewardName: text, nativeUrl: text });
    slow.response.resume();
    await cut;
    await act(sandbox, 'settings', { rewardName: 'the last one' });
    while (!quick.text.includes('the last one')) await once(quick.response, 'data');
  });

  test('close() of the sandbox ends the streams', async () => {
    const sandbox = await sandboxWith();
    const stream = await listen(sandbox);
    const ended = closed(stream.response);
    await sandbox.close();
    await ended;
  });
});

describe('the buttons', () => {
  test('redeem and issue send signed callbacks and say how they went', async () => {
    const sandbox = await sandboxWith({ callbackUrl: await backend() });
    const id = await rewardOf(sandbox);
    expect(await act(sandbox, `rewards/${id}/redeem`)).toEqual({
      status: 200,
      ok: true,
      message: 'Redemption delivered: answered 200, 1 attempt.',
    });
    expect(await act(sandbox, `rewards/${id}/issue`)).toMatchObject({
      ok: true,
      message: 'Issuance delivered: answered 200, 1 attempt.',
    });
    expect(sandbox.rewards[0]?.usedDate).not.toBeNull();
    const refusing = await sandboxWith({ callbackUrl: await backend(401) });
    expect(await act(refusing, `rewards/${await rewardOf(refusing)}/redeem`)).toMatchObject({
      ok: false,
      message: 'Redemption not delivered: answered 401, 1 attempt.',
    });
  });

  test('what cannot be done is said', async () => {
    const sandbox = await sandboxWith();
    const id = await rewardOf(sandbox, { user: undefined });
    expect(await act(sandbox, `rewards/${id}/issue`)).toMatchObject({
      status: 400,
      ok: false,
      message: expect.stringContaining('callbackUrl') as string,
    });
    expect(await act(sandbox, `rewards/${id}/redeem`)).toMatchObject({
      ok: true,
      message: expect.stringContaining('without a callback') as string,
    });
    expect(await act(sandbox, 'rewards/unknown/redeem')).toMatchObject({ ok: false });
    expect(await act(sandbox, 'arm', { fault: { kind: 'status', status: 99 }, times: 0 })).toMatchObject({
      status: 400,
      message: expect.stringMatching(/status must be .*times must be/) as string,
    });
    expect(await act(sandbox, 'arm', 'no JSON')).toMatchObject({ status: 400, ok: false });
    for (const settings of [{ fillRate: 2 }, { rewardName: 'a\u0007' }, { nativeUrl: 'a\u0007' }]) {
      expect(await act(sandbox, 'settings', settings)).toMatchObject({ status: 400, ok: false });
    }
    expect(await act(sandbox, 'settings', { fillRate: 2, rewardName: 'a\u0007' })).toMatchObject({
      message: expect.stringMatching(/fillRate must be .*rewardName must be/) as string,
    });
    await act(sandbox, 'settings', { fillRate: 0.5, rewardName: 'a\u0007' });
    const stream = await listen(sandbox);
    expect(await stream.values<Controls>('controls', 1)).toMatchObject([{ fillRate: 1, rewardName: null }]);
    expect((await detailOf(sandbox, `reward-${id}`)).reward).toMatchObject({
      isUsed: true,
      cannotIssue: 'its moment had no user.userid',
    });
  });

  test('settings and faults take effect, and every open inspector is told, whoever changed them', async () => {
    const sandbox = await sandboxWith();
    const stream = await listen(sandbox);
    await act(sandbox, 'settings', { fillRate: 0, rewardName: 'Free coffee', nativeUrl: 'https://shop.example/' });
    await act(sandbox, 'arm', { fault: { kind: 'delay', ms: 1 }, times: 2 });
    sandbox.failNext({ kind: 'status', status: 503 });
    await post(sandbox.url + MOMENT_PATH, moment({ test: false }));
    await rewardOf(sandbox);
    await act(sandbox, 'disarm');
    await act(sandbox, 'settings', { rewardName: '', nativeUrl: '' });
    expect(sandbox.rewards).toMatchObject([{ name: 'Free coffee', nativeUrl: 'https://shop.example/' }]);
    const told = await stream.values<Controls>('controls', 8);
    expect(told[0]).toEqual({ fillRate: 1, rewardName: null, nativeUrl: null, faults: [], callbackUrl: null });
    expect(told.map(({ faults }) => faults.map(({ text, left }) => `${text} ×${left}`).join(', '))).toEqual([
      ...[
        '',
        '',
        'delay 1 ms ×2',
        'delay 1 ms ×2, status 503 ×1',
        'delay 1 ms ×1, status 503 ×1',
        'status 503 ×1',
        '',
        '',
      ],
    ]);
    expect(told.at(-1)).toEqual({ fillRate: 0, rewardName: null, nativeUrl: null, faults: [], callbackUrl: null });
  });
});

describe('who may ask', () => {
  const GETS = ['/inspector/events', '/inspector/entries/request-1'];
  const POSTS = ['/inspector/entries/request-1/reveal', '/inspector/settings', '/inspector/arm', '/inspector/disarm'];

  test.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another port', { 'sec-fetch-site': 'same-site' }],
    ['an opaque origin', { origin: 'null' }],
    ['a name that was bound anew', { host: 'evil.example' }],
  ])('%s: refused, and nothing happens', async (_, headers) => {
    const sandbox = await sandboxWith({ callbackUrl: await backend() });
    const id = await rewardOf(sandbox);
    const all: Promise<Reply>[] = [
      ...GETS.map((path) => send(sandbox.url + path, { headers })),
      ...[...POSTS, `/inspector/rewards/${id}/redeem`, `/inspector/rewards/${id}/issue`].map((path) =>
        post(sandbox.url + path, { fillRate: 0, fault: { kind: 'reset' }, times: 1 }, headers),
      ),
    ];
    for (const reply of await Promise.all(all)) expect(reply.status).toBe(403);
    expect(sandbox.rewards[0]?.usedDate).toBeNull();
    const stream = await listen(sandbox);
    expect(await stream.values<Controls>('controls', 1)).toMatchObject([{ fillRate: 1, faults: [] }]);
  });

  test('the pages themselves refuse foreign names; a link from elsewhere leads to the inspector', async () => {
    const sandbox = await sandboxWith();
    await rewardOf(sandbox);
    for (const url of [`${sandbox.url}/`, sandbox.rewards[0]?.bodyUrl ?? '']) {
      expect((await send(url, { headers: { host: 'evil.example' } })).status).toBe(403);
      expect((await send(url, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(200);
    }
  });

  test('its page allows nothing inline, nothing from outside and no frame', async () => {
    const sandbox = await sandboxWith();
    const page = await send(`${sandbox.url}/`);
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    );
    for (const [, path] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g))
      expect((await send(sandbox.url + String(path))).status).toBe(200);
    for (const path of ['/', '/inspector/style.css', '/inspector/script.js']) {
      expect((await send(sandbox.url + path)).text).not.toMatch(/https?:\/\/(?!example\.com\/)|@import|\burl\(/);
    }
  });
});
