import { createServer } from 'node:http';
import { CLIENT_HINTS, KaminariClient, visitorFromRequest } from 'kiip-s2s/kaminari';
import { startSandbox, type KaminariRecord, type Sandbox } from 'kiip-s2s/sandbox';
import { createApp } from '../../examples/kaminari-express/app.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { listen, stop } from './kaminari-server.js';
import { CURL_IMPRESSION } from './samples.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(): Promise<{
  sandbox: Sandbox;
  kaminari: KaminariClient;
  records(count: number): Promise<readonly KaminariRecord[]>;
}> {
  const sandbox = await startSandbox();
  const kaminari = new KaminariClient({ kmnrKey: 'XXXXXXXX', baseUrl: sandbox.url });
  open.push(
    () => sandbox.close(),
    () => kaminari.close({ graceMs: 0 }),
  );
  const records = (count: number): Promise<readonly KaminariRecord[]> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (sandbox.kaminari.statistics().length >= count) resolve(sandbox.kaminari.statistics());
      };
      open.push(async () => end());
      const end = sandbox.subscribe(check);
      check();
    });
  return { sandbox, kaminari, records };
}

describe('against the sandbox', () => {
  test('204 five times, then accepted; alone, it ends as a technical loss', async () => {
    const { sandbox, kaminari } = await start();
    sandbox.kaminari.answerNotYet(5);
    await expect(kaminari.ping(CURL_IMPRESSION)).resolves.toEqual({ status: 'delivered', attempts: 6 });
    expect(sandbox.requests.map(({ verdict }) => verdict)).toEqual([
      ...Array<string>(5).fill('ping: not yet'),
      'ping: waiting',
    ]);
    sandbox.kaminari.advance(300_000);
    expect(sandbox.kaminari.statistics()).toMatchObject([
      { kmnrId: CURL_IMPRESSION.kmnrId, status: 'technical_losses', browser: null },
    ]);
  });

  test('the ping test: fine for a whole visitor, not for one without headers', async () => {
    const { kaminari } = await start();
    await expect(kaminari.test(CURL_IMPRESSION)).resolves.toEqual({
      ok: true,
      advice: {},
    });
    const bare = visitorFromRequest({ headers: {}, socket: { remoteAddress: '203.0.113.9' } });
    const { ok, advice } = await kaminari.test({ kmnrId: 'a', visitor: bare });
    expect(ok).toBe(false);
    expect(Object.keys(advice)).toEqual(expect.arrayContaining(['User-Agent', 'Accept-Language', 'dpr']));
  });
});

describeWith('chromium', 'the express example in a real browser', () => {
  test('ping and script pair, twice; the second ping carries the hints; the page shows both', async () => {
    const { sandbox, kaminari, records } = await start();
    const server = createServer(createApp(kaminari, () => sandbox.kaminari.statistics()));
    const url = (await listen(server)).replace('127.0.0.1', 'localhost');
    open.push(() => stop(server));
    const browser = await launchChromium();
    open.push(() => browser.close());

    const page = await browser.newPage();
    const answer = await page.goto(`${url}/?campaign=</script><script>alert(1)</script>`);
    expect(answer?.headers()['accept-ch']).toBe(CLIENT_HINTS);
    const first = await page.textContent('#kmnrId');
    await records(1);
    await page.goto(`${url}/?campaign=spring`);
    const second = await page.textContent('#kmnrId');
    const found = await records(2);

    expect(found.map(({ kmnrId, status }) => ({ kmnrId, status }))).toEqual([
      { kmnrId: first, status: 'paired' },
      { kmnrId: second, status: 'paired' },
    ]);
    expect(found[0]).toMatchObject({
      kmnrKey: 'XXXXXXXX',
      ping: { sub1: '</script><script>alert(1)</script>' },
      browser: { sub1: '</script><script>alert(1)</script>' },
    });
    const pings = found.map(({ ping }) => (ping as { headers: Record<string, string> }).headers);
    expect(pings[0]).not.toHaveProperty('sec-ch-ua-arch');
    expect(pings[1]).toMatchObject({
      'sec-ch-ua-arch': expect.stringMatching(/^"/),
      'viewport-width': expect.stringMatching(/^\d+$/),
      dpr: expect.stringMatching(/^\d/),
    });
    await page.goto(`${url}/pairings`);
    expect(await page.locator('tbody tr').allInnerTexts()).toEqual(
      [first, second].map((id) => `${id}\tpaired\tyes\tyes`),
    );
  });
});
