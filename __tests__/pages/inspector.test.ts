import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Browser, type Locator, type Page } from 'playwright-core';
import { startSandbox, type Sandbox } from 'kiip-s2s/sandbox';
import { moment, MOMENT_PATH, post, rewardOf, session } from '../sandbox/support.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { axe, BROWSER_TIMEOUT_MS, focused, open, screen, type Opened } from './support.js';

jest.setTimeout(BROWSER_TIMEOUT_MS);

describeWith('chromium', 'the inspector in a browser', () => {
  let browser: Browser;
  let backend: Server;
  let sandbox: Sandbox;
  let opened: Opened;
  let page: Page;
  beforeAll(async () => {
    backend = createServer((_, response) => response.end('credited'));
    backend.listen(0, '127.0.0.1');
    [browser] = await Promise.all([launchChromium(), once(backend, 'listening')]);
    opened = await open(browser, 'about:blank');
    page = opened.page;
  });
  afterAll(async () => {
    await browser.close();
    backend.closeAllConnections();
    backend.close();
  });
  beforeEach(async () => {
    sandbox = await startSandbox({ callbackUrl: `http://127.0.0.1:${(backend.address() as AddressInfo).port}/` });
    await page.setViewportSize({ width: 1120, height: 860 });
    await page.goto(sandbox.url);
    await live();
  });
  afterEach(async () => {
    // Away first: the page would complain that the sandbox went.
    await page.goto('about:blank');
    await sandbox.close();
    expect(opened.complaints.splice(0)).toEqual([]);
  });

  const live = (): Promise<void> => page.getByText('Live', { exact: true }).waitFor();
  const line = (name: string | RegExp): Locator => page.locator('#entries').getByRole('button', { name });
  const outcome = (text: string | RegExp): Promise<void> => page.locator('#outcome').getByText(text).waitFor();
  const titles = (): Promise<string[]> => page.locator('#entries > li:not([hidden]) .title').allTextContents();
  const send = (changes: Record<string, unknown> = {}): Promise<unknown> =>
    post(sandbox.url + MOMENT_PATH, moment(changes));

  test('keyboard only: through the list, an entry opened and closed, a fault armed, a reward redeemed', async () => {
    await post(sandbox.url + MOMENT_PATH, session());
    const id = await rewardOf(sandbox);
    await line(/Moment/).waitFor();
    const press = async (...keys: string[]): Promise<string> => {
      for (const key of keys) await page.keyboard.press(key);
      return focused(page);
    };

    expect(await press('Tab')).toBe('Skip to the list');
    expect(await press('Tab')).toBe('Next moments');
    const seen: string[] = [];
    for (let step = 0; step < 4; step += 1) seen.push(await press('Tab'));
    expect(seen).toEqual(['Fill rate of live moments', 'Name of rewards', 'Send players on to (native_url)', 'Apply']);
    await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Home', 'ArrowRight', 'Tab', 'Tab', 'Tab', 'Enter');
    await outcome('These settings apply to the next moments.');
    expect(await page.locator('#fill-rate-shown').textContent()).toBe('1 %');

    expect(await press('Tab')).toBe('Faults');
    expect(await press('Tab')).toBe('The next API request gets');
    await press('ArrowDown'); // delay
    expect(await press('Tab')).toBe('Milliseconds');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('5');
    expect(await press('Tab')).toBe('Times');
    expect(await press('Tab')).toBe('Arm');
    await press('Enter');
    await outcome(/^Armed: /);
    await page.locator('#armed').getByText('delay 5 ms').waitFor();
    expect(await press('Tab')).toBe('Disarm all');
    expect(await press('Tab')).toBe('Sandbox');
    expect(await press('Tab')).toBe('Forget everything');

    expect(await press('Tab')).toBe('All');
    expect(await press('ArrowRight')).toBe('Sessions');
    expect(await titles()).toEqual(['Session']);
    expect(await press('ArrowLeft')).toBe('All');
    expect(await press('Tab')).toBe('Search the list');
    expect(await press('Tab')).toBe('Pause');

    const lines = ['Moment CgkIraKVsdIBEAIQEA', 'Test Reward - 20 Coins', 'Session'];
    expect(await press('Tab')).toContain(lines[0]);
    expect(await press('ArrowDown')).toContain(lines[1]);
    expect(await press('End')).toContain(lines[2]);
    expect(await press('Home')).toContain(lines[0]);
    await press('Enter');
    await page
      .getByRole('region', { name: /Moment/ })
      .getByRole('heading', { name: 'Advice' })
      .waitFor();
    expect(await line(/Moment/).getAttribute('aria-expanded')).toBe('true');
    expect(await press('Tab')).toBe('Show personal data');
    expect(await press('Escape')).toContain(lines[0]);
    expect(await page.getByRole('region').count()).toBe(0);

    await press('ArrowDown', 'Enter');
    await page.getByRole('button', { name: 'Redeem', exact: true }).waitFor();
    expect(await press('Tab')).toBe('Open the reward page');
    expect(await press('Tab')).toBe('Redeem');
    await press('Enter');
    await outcome('Redemption delivered: answered 200, 1 attempt.');
    await line(/redeemed/).waitFor();
    await page.getByRole('button', { name: 'Redeem again (a duplicate)' }).waitFor();
    // The entry changed under the focus; the button that was pressed still has it.
    expect(await focused(page)).toBe('Redeem again (a duplicate)');
    expect(sandbox.rewards.find((reward) => reward.id === id)?.usedDate).not.toBeNull();
  });

  test('shows sessions, moments, rewards, callbacks, pings and pairings as they come', async () => {
    expect(await page.locator('#empty').innerText()).toContain(`Point a client at ${sandbox.url}`);
    await post(sandbox.url + MOMENT_PATH, session());
    const id = await rewardOf(sandbox);
    await sandbox.redeem(id);
    await sandbox.issue(id);
    for (const path of ['/v2/ping', '/v1/collect']) await post(sandbox.url + path, { kmnrId: 'abc', kmnrKey: 'KEY' });
    await post(`${sandbox.url}/elsewhere`, {});
    await line(/elsewhere/).waitFor();
    expect(await page.locator('#empty').isVisible()).toBe(false);
    expect((await titles()).sort()).toEqual(
      [
        ...[
          'Browser record abc',
          'Issuance: 20, survey',
          'Moment CgkIraKVsdIBEAIQEA',
          'POST /elsewhere',
          'Pairing abc',
          'Ping abc',
        ],
        ...['Redemption: 20 Coins', 'Session', 'Test Reward - 20 Coins'],
      ].sort(),
    );
    for (const [filter, count] of [
      ...([
        ['Sessions', 1],
        ['Moments', 1],
        ['Rewards', 1],
        ['Callbacks', 2],
      ] as const),
      ...([
        ['Pings', 2],
        ['Pairings', 1],
        ['Other', 1],
        ['All', 9],
      ] as const),
    ]) {
      await page.getByRole('radio', { name: filter, exact: true }).check();
      expect({ filter, count: (await titles()).length }).toEqual({ filter, count });
    }
  });

  test('an empty list shows the key, the place of the secret and what to paste; copying works', async () => {
    const empty = page.locator('#empty');
    await empty.getByText('sandbox-app-key, or any other').waitFor();
    expect(await empty.innerText()).toContain('sandbox.appSecret');
    expect(await page.content()).not.toContain(sandbox.appSecret);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await empty.getByRole('button', { name: 'Copy: Try it' }).click();
    await outcome('Copied.');
    const snippet = `export KIIP_BASE_URL=${sandbox.url}\nexport KIIP_APP_KEY=sandbox-app-key\nnpx kiip-s2s smoke`;
    expect((await page.evaluate(() => navigator.clipboard.readText())).trim()).toBe(snippet);
  });

  test('a repeated callback looks different, page hits share a line, search finds, all is forgotten', async () => {
    const id = await rewardOf(sandbox);
    await sandbox.redeem(id);
    await sandbox.redeem(id);
    for (let n = 0; n < 3; n += 1) await fetch(sandbox.rewards[0]?.bodyUrl ?? '');
    await line(/Redemption again: 20 Coins.*repeats callback 1/).waitFor();
    expect(await page.locator('#entries > li.repeat').count()).toBe(1);
    await line(/×3 GET \/reward\//).waitFor();
    await line(/Moment.*\d ms$/).waitFor();
    await page.getByLabel('Search the list').fill('REDEMPTION');
    expect(await titles()).toEqual(['Redemption again: 20 Coins', 'Redemption: 20 Coins']);
    await page.getByLabel('Search the list').fill('nothing like it');
    await page.getByText('Nothing matches the search and the filter.').waitFor();
    await page.getByLabel('Search the list').fill('');
    await page.getByRole('button', { name: 'Forget everything' }).click();
    await outcome('Everything was forgotten.');
    await page.getByText('Nothing has happened yet.').waitFor();
    expect([sandbox.rewards, sandbox.deliveries]).toEqual([[], []]);
  });

  test('on a phone the list begins in the first screen', async () => {
    await page.setViewportSize({ width: 390, height: 780 });
    await page.reload();
    await live();
    await send();
    await line(/Moment/).waitFor();
    expect((await page.locator('#entries').boundingBox())?.y).toBeLessThan(780 / 3);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });

  test('personal data is masked until asked for, entry by entry, and again after closing', async () => {
    await send();
    await line(/Moment/).click();
    const region = page.getByRole('region', { name: /Moment/ });
    await region.getByText('"app_key": "••••••"').waitFor();
    for (const secret of ['54.174.101.1', 'johndoe', '39.04', '45e3-1d799e20'])
      expect(await page.content()).not.toContain(secret);
    await region.getByRole('button', { name: 'Show personal data' }).click();
    for (const secret of ['54.174.101.1', 'johndoe', '39.04', '45e3-1d799e20'])
      await region.getByText(secret).first().waitFor();
    expect(await region.getByRole('button', { name: 'Show personal data' }).count()).toBe(0);
    expect(await focused(page)).toContain('Moment'); // its button is gone
    await line(/Moment/).click();
    await line(/Moment/).click();
    await region.getByText('"app_key": "••••••"').waitFor();
    expect(await page.content()).not.toContain('johndoe');
  });

  test('the buttons: issue, fill rate, name and redirect of rewards, a fault and its end', async () => {
    await rewardOf(sandbox);
    await line(/Test Reward/).click();
    await page.getByRole('button', { name: 'Issue' }).click();
    await outcome('Issuance delivered: answered 200, 1 attempt.');
    await line(/Issuance/).waitFor();

    await page.getByLabel('Fill rate of live moments').fill('0');
    await page.getByLabel('Name of rewards').fill('<b>Free coffee</b>');
    await page.getByLabel('Send players on to').fill('https://shop.example/');
    // What the sandbox tells meanwhile does not undo what is being typed.
    sandbox.failNext({ kind: 'status', status: 503 });
    await page.locator('#armed').getByText('status 503').waitFor();
    expect(await page.getByLabel('Name of rewards').inputValue()).toBe('<b>Free coffee</b>');
    await page.getByRole('button', { name: 'Disarm all' }).click();
    await page.getByText('None.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Apply' }).click();
    await outcome('These settings apply to the next moments.');
    await send({ test: false });
    await line(/no reward \(fill rate\)/).waitFor();
    await send();
    await line(/<b>Free coffee<\/b>/).waitFor();
    expect(sandbox.rewards.at(-1)?.nativeUrl).toBe('https://shop.example/');

    await page.getByLabel('The next API request gets').selectOption('status');
    await page.getByLabel('Status', { exact: true }).fill('429');
    await page.getByLabel('Retry-After').fill('7');
    await page.getByRole('button', { name: 'Arm', exact: true }).click();
    await page.locator('#armed').getByText('status 429').waitFor();
    const answer = await post(sandbox.url + MOMENT_PATH, moment());
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    await line(/fault: status 429/).waitFor();
    await page.getByText('None.', { exact: true }).waitFor();
  });

  test('paused it stands still, and catches up', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await send();
    await page.getByRole('button', { name: 'Resume (2 new)' }).waitFor();
    expect(await titles()).toEqual([]);
    await page.getByRole('button', { name: /Resume/ }).click();
    await line(/Moment/).waitFor();
    expect(await titles()).toHaveLength(2);
  });

  test('a sandbox that ends is said; one that is back is joined, and its entries replace the old ones', async () => {
    await send();
    await line(/Moment/).waitFor();
    const port = Number(new URL(sandbox.url).port);
    await sandbox.close();
    await page.getByText('Connection lost, trying again').waitFor();
    sandbox = await startSandbox({ port });
    await live();
    await post(sandbox.url + MOMENT_PATH, session());
    await line(/Session/).waitFor();
    expect(await titles()).toEqual(['Session']);
    opened.complaints.splice(0); // the connections that were refused meanwhile
  });

  test('hostile texts are text; a flood is bounded', async () => {
    const hostile = '<img src=x onerror=window.owned=1>\u202Eevil';
    await send({ moment: { id: hostile } });
    await post(`${sandbox.url}/%3Cscript%3E"'<script>window.owned=1</script>`, {});
    await line(/<img src=x/).click();
    await page.getByRole('region').getByText(hostile).first().waitFor();
    for (let sent = 0; sent < 600; sent += 50)
      await Promise.all(Array.from({ length: 50 }, () => post(sandbox.url + MOMENT_PATH, session())));
    await page.waitForFunction(() => document.querySelectorAll('#entries > li').length >= 500);
    await send({ moment: { id: 'the last one' } });
    await line(/the last one/).waitFor();
    // What is open stays.
    expect(await page.locator('#entries > li').count()).toBeLessThanOrEqual(501);
    expect(await page.getByRole('region').getByText(hostile).count()).toBeGreaterThan(0);
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
  });

  test('a page of another origin can neither frame it, nor read it, nor press its buttons', async () => {
    const evil = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><title>Evil</title><iframe title="i" src="${sandbox.url}/"></iframe>`);
    });
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
    const foreign = await open(browser, `http://localhost:${(evil.address() as AddressInfo).port}/`);
    const reached = await foreign.page.evaluate(async (url) => {
      const settings = { method: 'POST', mode: 'no-cors', body: '{"fillRate":0}' } as const;
      await fetch(`${url}/inspector/settings`, settings);
      await fetch(`${url}/inspector/disarm`, settings);
      const read = await fetch(`${url}/inspector/entries/request-1`).then(
        () => 'read',
        () => 'refused',
      );
      const stream = new EventSource(`${url}/inspector/events`);
      const heard = await new Promise((resolve) => {
        stream.onopen = () => resolve('heard');
        stream.onerror = () => resolve('refused');
      });
      stream.close();
      return [read, heard];
    }, sandbox.url);
    expect(reached).toEqual(['refused', 'refused']);
    expect(foreign.page.frames().map((frame) => frame.url())).not.toContain(`${sandbox.url}/`);
    expect(sandbox.requests.map(({ verdict }) => verdict)).toEqual(
      Array(4).fill('rejected: a page of another site sent this request'),
    );
    await foreign.close();
    evil.closeAllConnections();
    evil.close();
  });

  test.each(['light', 'dark'] as const)(
    'axe-core finds nothing in %s: list and opened entries',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await send({ location: undefined });
      await post(sandbox.url + MOMENT_PATH, moment({ device: undefined }));
      await sandbox.redeem(await rewardOf(sandbox));
      sandbox.failNext({ kind: 'reset' });
      await line(/Redemption/).waitFor();
      expect(await axe(page)).toEqual([]);
      for (const name of [/Redemption/, /Test Reward.*redeemed$/, /rejected/]) await line(name).first().click();
      await page.getByRole('button', { name: 'Redeem again' }).waitFor();
      await page
        .getByRole('region', { name: /rejected/ })
        .getByRole('heading', { name: 'Payload' })
        .waitFor();
      await page
        .getByRole('region', { name: /Redemption/ })
        .getByRole('heading', { name: 'Body as sent' })
        .waitFor();
      expect(await axe(page)).toEqual([]);
      await screen(page, `inspector-${colorScheme}`);
      await page.setViewportSize({ width: 360, height: 700 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    },
  );
});
