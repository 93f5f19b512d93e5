import type { SandboxEvent } from 'kiip-s2s/sandbox';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeAll, post, sandboxWith, send, type Reply } from './support.js';

afterEach(closeAll);

const MINUTE = 60_000;
const PAIR = { kmnrId: '1125570260', kmnrKey: 'XXXXXXXX' };
/** The mandatory headers, and no others (PROTOCOL M4). */
const MANDATORY = {
  'user-agent': 'Mozilla/5.0',
  'accept-language': 'en',
  'x-original-ip': '203.0.113.7',
  'x-forwarded-for': '203.0.113.7',
};

const ping = (url: string, body: object = PAIR, headers: Record<string, string> = MANDATORY): Promise<Reply> =>
  post(`${url}/v2/ping`, body, headers);
const collect = (url: string, body: object = PAIR): Promise<Reply> => post(`${url}/v1/collect`, body);

describe('ping', () => {
  test('is accepted, and kept with the headers of the visitor alone', async () => {
    const sandbox = await sandboxWith();
    const subs = { sub1: 'test', sub7: '8833705265931305' };
    const reply = await ping(
      sandbox.url,
      { ...PAIR, ...subs },
      { ...MANDATORY, dpr: '2', cookie: 'a=b', 'sec-ch-ua-model': '""' },
    );
    expect(reply.status).toBe(200);
    expect(sandbox.requests[0]).toMatchObject({
      kind: 'ping',
      path: '/v2/ping',
      verdict: 'ping: waiting',
      body: { ...PAIR, ...subs },
    });
    sandbox.kaminari.advance(5 * MINUTE);
    expect(sandbox.kaminari.statistics()[0]?.ping).toEqual({
      ...PAIR,
      ...subs,
      headers: { ...MANDATORY, dpr: '2', 'sec-ch-ua-model': '""' },
    });
  });

  test('is "not yet" as often as asked for', async () => {
    const sandbox = await sandboxWith();
    sandbox.kaminari.answerNotYet(2);
    const statuses = [await ping(sandbox.url), await ping(sandbox.url), await ping(sandbox.url)].map(
      ({ status }) => status,
    );
    expect(statuses).toEqual([204, 204, 200]);
    expect(sandbox.requests.map(({ verdict }) => verdict)).toEqual(['ping: not yet', 'ping: not yet', 'ping: waiting']);
    expect(() => sandbox.kaminari.answerNotYet(-1)).toThrow(expect.objectContaining({ code: 'config' }));
  });

  test('missing mandatory headers are told in the record', async () => {
    const sandbox = await sandboxWith();
    await ping(sandbox.url, PAIR, { ...MANDATORY, 'accept-language': '', 'x-original-ip': '' });
    expect(sandbox.requests[0]?.verdict).toBe(
      'ping: waiting (mandatory headers missing or empty: accept-language, x-original-ip)',
    );
  });

  test.each<[object | string, string]>([
    [{ kmnrKey: 'k' }, 'kmnrId is required'],
    [{ ...PAIR, kmnrId: 5 }, 'kmnrId must be of type string'],
    [{ ...PAIR, kmnrId: 'x'.repeat(201) }, 'kmnrId must have at most 200 characters'],
    [{ ...PAIR, kmnrId: 'a\u0000b' }, 'kmnrId must not contain control characters'],
    [{ ...PAIR, sub11: 'x' }, 'sub11 is not a documented field'],
    ['{', 'must be JSON'],
  ])('%j is refused', async (body, reason) => {
    const sandbox = await sandboxWith();
    const reply = await post(`${sandbox.url}/v2/ping`, body, MANDATORY);
    expect(reply.status).toBe(400);
    expect(sandbox.requests[0]?.verdict).toContain(reason);
    expect((await post(`${sandbox.url}/v1/pingtest`, body, MANDATORY)).status).toBe(400);
  });
});

describe('pingtest', () => {
  const DOCUMENTED = {
    'X-Forwarded-For': 'recommended to add in request headers',
    'X-Real-IP': 'recommended to add in request headers',
    'sec-ch-ua-arch': 'recommended to add in request headers',
    'sec-ch-ua': 'recommended to add in request headers',
    'sec-ch-ua-full-version': 'recommended to add in request headers',
    'device-memory': 'recommended to add in request headers',
    'sec-ch-ua-mobile': 'recommended to add in request headers',
    'sec-ch-ua-model': 'recommended to add in request headers',
    'sec-ch-ua-platform': 'recommended to add in request headers',
    'sec-ch-ua-platform-version': 'recommended to add in request headers',
    'viewport-width': 'recommended to add in request headers',
  };

  test("the document's request gets the document's answer", async () => {
    const sandbox = await sandboxWith();
    const headers = { 'accept-language': 'en-US,en;q=0.5', 'user-agent': 'Mozilla/5.0', dpr: '2', referer: '""' };
    const subs = { sub1: 'test', sub2: '1001', sub3: '10', sub4: '40', sub5: '555', sub6: '6', sub7: '77777' };
    const reply = await post(`${sandbox.url}/v1/pingtest`, { ...PAIR, ...subs }, headers);
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toEqual({ errors: DOCUMENTED });
    expect(Object.keys((JSON.parse(reply.text) as { errors: object }).errors)).toEqual(Object.keys(DOCUMENTED));
    expect(sandbox.requests[0]?.verdict).toBe(
      'pingtest (mandatory headers missing or empty: x-original-ip, x-forwarded-for)',
    );
    sandbox.kaminari.advance(10 * MINUTE);
    expect(sandbox.kaminari.statistics()).toEqual([]);
  });

  test('nothing is missing, nothing is reported', async () => {
    const sandbox = await sandboxWith();
    const all = Object.fromEntries([...Object.keys(DOCUMENTED), 'dpr', 'referer'].map((name) => [name, '1']));
    const reply = await post(`${sandbox.url}/v1/pingtest`, PAIR, { ...MANDATORY, ...all });
    expect(JSON.parse(reply.text)).toEqual({ errors: {} });
    expect(sandbox.requests[0]?.verdict).toBe('pingtest');
  });
});

describe('pairing (PROTOCOL M8)', () => {
  type Step = 'ping' | 'browser' | number;
  const P = { ...PAIR, headers: MANDATORY };
  test.each<[string, Step[], [status: string, hasPing: boolean, hasBrowser: boolean][]]>([
    ['ping, then browser', ['ping', 'browser'], [['paired', true, true]]],
    ['browser, then ping', ['browser', 'ping'], [['paired', true, true]]],
    ['browser just in time', ['ping', 5 * MINUTE - 1_000, 'browser'], [['paired', true, true]]],
    ['ping alone, before five minutes', ['ping', 5 * MINUTE - 1_000], []],
    ['ping alone', ['ping', 5 * MINUTE], [['technical_losses', true, false]]],
    ['browser alone, before five minutes', ['browser', 5 * MINUTE - 1_000], []],
    ['browser alone', ['browser', 5 * MINUTE], [['script_only', false, true]]],
    [
      'browser too late',
      ['ping', 5 * MINUTE, 'browser', 5 * MINUTE],
      [
        ['technical_losses', true, false],
        ['script_only', false, true],
      ],
    ],
    [
      'ping too late',
      ['browser', 5 * MINUTE, 'ping', 5 * MINUTE],
      [
        ['script_only', false, true],
        ['technical_losses', true, false],
      ],
    ],
    ['ping repeated while waiting', ['ping', 'ping', 'browser'], [['paired', true, true]]],
    ['ping repeated after pairing', ['ping', 'browser', 'ping', 10 * MINUTE], [['paired', true, true]]],
    ['page reloaded', ['ping', 'browser', 'browser', 10 * MINUTE], [['paired', true, true]]],
    ['ping repeated after expiry', ['ping', 5 * MINUTE, 'ping', 10 * MINUTE], [['technical_losses', true, false]]],
  ])('%s', async (_, steps, expected) => {
    const sandbox = await sandboxWith();
    for (const step of steps) {
      if (typeof step === 'number') sandbox.kaminari.advance(step);
      else expect((await (step === 'ping' ? ping(sandbox.url) : collect(sandbox.url))).status).toBe(200);
    }
    const records = sandbox.kaminari.statistics();
    expect(records.map(({ status, ping: half, browser }) => [status, half !== null, browser !== null])).toEqual(
      expected,
    );
    for (const record of records) {
      expect(record).toMatchObject(PAIR);
      if (record.ping !== null)
        expect(record.ping).toMatchObject({ kmnrId: P.kmnrId, headers: { 'x-original-ip': '203.0.113.7' } });
    }
  });

  test('ids of different integrations never meet; `at` follows the moved clock', async () => {
    const sandbox = await sandboxWith();
    await ping(sandbox.url);
    await collect(sandbox.url, { ...PAIR, kmnrKey: 'other' });
    sandbox.kaminari.advance(5 * MINUTE);
    const records = sandbox.kaminari.statistics();
    expect(records.map(({ status }) => status)).toEqual(['technical_losses', 'script_only']);
    expect(records[0]?.at.getTime()).toBeGreaterThanOrEqual(Date.now() + 4 * MINUTE);
    expect(() => sandbox.kaminari.advance(-1)).toThrow(expect.objectContaining({ code: 'config' }));
  });

  test('listeners are told at once', async () => {
    const sandbox = await sandboxWith();
    const events: SandboxEvent[] = [];
    const end = sandbox.subscribe((event) => events.push(event));
    await ping(sandbox.url);
    await collect(sandbox.url);
    expect(events.filter(({ type }) => type === 'kaminari')).toEqual([
      { type: 'kaminari', record: sandbox.kaminari.statistics()[0] },
    ]);
    end();
    await ping(sandbox.url, { ...PAIR, kmnrId: '2' });
    expect(events.map(({ type }) => type)).toEqual(['request', 'kaminari', 'request']);
  });

  test('what waits is bounded: the oldest is written early', async () => {
    const { Pairing } = await import('../../src/sandbox/kaminari/pairing.js');
    const written: string[] = [];
    const pairing = new Pairing(10, ({ kmnrId }) => written.push(kmnrId));
    for (let n = 0; n < 10_005; n += 1) pairing.add('ping', String(n), 'k', {});
    expect(written).toEqual(['0', '1', '2', '3', '4']);
    pairing.advance(5 * MINUTE);
    expect(written).toHaveLength(10_005);
    expect(pairing.statistics()).toHaveLength(10);
    pairing.close();
  });
});

test('time alone expires records, and a closed pairing keeps no timer', async () => {
  jest.useFakeTimers();
  try {
    const { Pairing } = await import('../../src/sandbox/kaminari/pairing.js');
    const written: string[] = [];
    const pairing = new Pairing(10, ({ status }) => written.push(status));
    pairing.add('ping', 'a', 'k', {});
    jest.advanceTimersByTime(5 * MINUTE - 1);
    expect(written).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(written).toEqual(['technical_losses']);
    pairing.add('browser', 'b', 'k', {});
    pairing.close();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test('the record of a browser may come from any page, after asking', async () => {
  const sandbox = await sandboxWith();
  const preflight = await send(`${sandbox.url}/v1/collect`, {
    method: 'OPTIONS',
    headers: { origin: 'http://game.example' },
  });
  expect(preflight).toMatchObject({
    status: 204,
    headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' },
  });
  expect((await post(`${sandbox.url}/v1/collect`, { kmnrId: 'x' })).status).toBe(400);
});

describeWith('chromium', 'the script in a real browser', () => {
  test('collects, posts to where it came from, and pairs', async () => {
    const sandbox = await sandboxWith();
    const { host } = new URL(sandbox.url);
    const html = `<!doctype html><title>game</title><script>window.kmnr = { kmnrKey: 'XXXXXXXX', kmnrId: '1125570260', sub1: 'te</' + 'script>"st' };
      var s = document.createElement('script'); s.async = true; s.src = '//${host}/v1/script.js?kmnrKey=' + window.kmnr.kmnrKey; document.head.appendChild(s);</script>`;
    const page = createServer((_request, response) => response.end(html));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const browser = await launchChromium();
    try {
      const paired = new Promise<SandboxEvent>((resolve) =>
        sandbox.subscribe((event) => event.type === 'kaminari' && resolve(event)),
      );
      await ping(sandbox.url);
      const tab = await browser.newPage();
      const problems: string[] = [];
      tab.on('pageerror', ({ message }) => problems.push(message));
      await tab.goto(`http://localhost:${(page.address() as AddressInfo).port}/play`);
      await paired;
      expect(problems).toEqual([]);
      expect(sandbox.kaminari.statistics()).toEqual([
        expect.objectContaining({
          ...PAIR,
          status: 'paired',
          browser: expect.objectContaining({
            ...PAIR,
            sub1: 'te</script>"st',
            userAgent: expect.stringContaining('Chrome') as unknown,
            languages: expect.any(Array) as unknown,
            webdriver: true,
            screen: expect.objectContaining({ width: expect.any(Number) as unknown }) as unknown,
            timeZone: expect.any(String) as unknown,
            page: expect.stringMatching(/^http:\/\/localhost:\d+\/play$/) as unknown,
          }) as unknown,
        }),
      ]);
    } finally {
      await browser.close();
      page.closeAllConnections();
      page.close();
    }
  });
});
