import { type Browser, type Page } from 'playwright-core';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { parseDismissUrl } from 'kiip-s2s/webview';
import { type Sandbox, type SandboxReward } from 'kiip-s2s/sandbox';
import { askMoment, closeAll, post, sandboxWith, send } from '../sandbox/support.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { axe, BROWSER_TIMEOUT_MS, focused, open } from './support.js';

jest.setTimeout(BROWSER_TIMEOUT_MS);

afterEach(closeAll);

const HOSTILE = `"><script>window.owned=1</script><img src=x onerror="window.owned=1">' onfocus=alert(1) \u202Eevil &amp; ${'W'.repeat(300)}`;

async function rewardOf(sandbox: Sandbox, changes: Record<string, unknown> = {}): Promise<SandboxReward> {
  await askMoment(sandbox, changes);
  return sandbox.rewards.at(-1) as SandboxReward;
}

const redeemUrl = (sandbox: Sandbox, { unitId, id }: SandboxReward): string =>
  `${sandbox.url}/reward/${unitId}/${id}/redeem`;

describe('over HTTP', () => {
  test('nothing inline, nothing from outside, every value escaped', async () => {
    const sandbox = await sandboxWith({ rewardName: HOSTILE });
    const reward = await rewardOf(sandbox, { email_address: "o'brien@example.org" });
    const page = await send(reward.bodyUrl);
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'",
    );
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(page.text).not.toMatch(/<script>|<style|\son\w+="|\sstyle="|https?:\/\//);
    expect(page.text).not.toContain('<img src=x');
    expect(page.text).toContain('value="o&#39;brien@example.org"');
    for (const [, path] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect(await send(sandbox.url + String(path))).toMatchObject({
        status: 200,
        headers: { 'x-content-type-options': 'nosniff' },
      });
    }
  });

  test('the name of rewards is an option, and what the platform answers', async () => {
    const sandbox = await sandboxWith({ rewardName: 'Free coffee' });
    expect((await askMoment(sandbox)).notification?.reward_name).toBe('Free coffee');
    await expect(sandboxWith({ rewardName: '', nativeUrl: 'a\u0000' })).rejects.toThrow(
      /rewardName must be text.*nativeUrl must be text/,
    );
  });

  test.each<[string, string | undefined, string]>([
    ['none', undefined, 'kiip://did_dismiss'],
    [
      'one with a query',
      'https://shop.example/?a=b&c=d e',
      'kiip://did_dismiss?native_url=https%3A%2F%2Fshop.example%2F%3Fa%3Db%26c%3Dd%20e',
    ],
    ['a hostile one', 'javascript:alert(1)', 'kiip://did_dismiss?native_url=javascript%3Aalert(1)'],
  ])('after a redemption, native_url %s', async (_, nativeUrl, dismiss) => {
    const sandbox = await sandboxWith(nativeUrl === undefined ? {} : { nativeUrl });
    const reward = await rewardOf(sandbox);
    const asked = await post(redeemUrl(sandbox, reward), 'email=', {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'null',
    });
    expect(asked).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': '*' } });
    expect(JSON.parse(asked.text)).toEqual({ dismiss });
    // A form without scripts: no redirect, which ends Chromium in a frame under a frame-src policy.
    const page = await send(redeemUrl(sandbox, reward), { method: 'POST' });
    expect(page).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    });
    expect(page.headers).not.toHaveProperty('location');
    expect(page.text).toContain(`href="${dismiss.replaceAll('&', '&amp;')}"`);
    const isWeb = nativeUrl?.startsWith('https:') === true;
    expect(parseDismissUrl(dismiss)).toEqual({
      redeemed: true,
      nativeUrl: isWeb ? nativeUrl : null,
      droppedNativeUrl: nativeUrl !== undefined && !isWeb,
    });
  });

  test('an id alone is not the address: the unit counts too', async () => {
    const sandbox = await sandboxWith();
    const reward = await rewardOf(sandbox);
    expect((await send(`${sandbox.url}/reward/other/${reward.id}`)).status).toBe(404);
    expect((await send(`${sandbox.url}/reward/other/${reward.id}/redeem`, { method: 'POST' })).status).toBe(404);
    expect(sandbox.rewards[0]?.usedDate).toBeNull();
  });
});

describeWith('chromium', 'in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launchChromium()));
  afterAll(() => browser.close());

  const hosts: Server[] = [];
  afterEach(() => {
    for (const host of hosts.splice(0)) {
      host.closeAllConnections();
      host.close();
    }
  });

  /** Serves one page on another origin, with the reward in a frame that has these sandbox permissions. */
  async function framing(url: string, permissions: string, policy = ''): Promise<string> {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-security-policy', policy);
      response.end(
        `<!doctype html><title>Host</title><script>window.told = []; addEventListener('message', ({ data, origin }) => told.push([data, origin]));</script><iframe title="reward" sandbox="${permissions}" src="${url}" width="500" height="700"></iframe>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hosts.push(server);
    return `http://localhost:${(server.address() as AddressInfo).port}/`;
  }

  const told = async (page: Page): Promise<unknown> => {
    await page.waitForFunction(() => (window as unknown as { told: unknown[] }).told.length > 0);
    return page.evaluate(() => (window as unknown as { told: unknown[] }).told);
  };

  test.each([
    ['with its own origin', 'allow-scripts allow-forms allow-same-origin', false],
    ['with an opaque origin', 'allow-scripts allow-forms', true],
  ])('in a frame %s: redeemed and closed are told by message', async (_, permissions, isOpaque) => {
    const sandbox = await sandboxWith({ nativeUrl: 'https://shop.example/' });
    const origin = isOpaque ? 'null' : sandbox.url;
    for (const [button, message] of [
      ['Redeem', 'kiip://did_dismiss?native_url=https%3A%2F%2Fshop.example%2F'],
      ['Close', 'kiip://did_dismiss?close=true'],
    ] as const) {
      const reward = await rewardOf(sandbox, { user: undefined, email_address: 'a@example.org' });
      const host = await framing(reward.bodyUrl, permissions);
      const { page, close } = await open(browser, host);
      await page.frameLocator('iframe').getByText(button, { exact: true }).click({ noWaitAfter: true });
      expect(await told(page)).toEqual([[message, origin]]);
      expect(sandbox.rewards.at(-1)?.usedDate !== null).toBe(button === 'Redeem');
      await close();
    }
  });

  test('without scripts the form and the links do the same', async () => {
    const sandbox = await sandboxWith({ nativeUrl: 'https://shop.example/' });
    const reward = await rewardOf(sandbox, { email_address: 'a@example.org' });
    const { page, close } = await open(browser, reward.bodyUrl, { javaScriptEnabled: false });
    expect(await page.getByRole('link', { name: 'Close' }).getAttribute('href')).toBe('kiip://did_dismiss?close=true');
    await page.getByRole('button', { name: 'Redeem' }).click();
    await page.getByRole('heading', { name: 'Redeemed' }).waitFor();
    const onward = await page.getByRole('link', { name: 'Continue' }).getAttribute('href');
    expect(onward).toBe('kiip://did_dismiss?native_url=https%3A%2F%2Fshop.example%2F');
    expect(sandbox.rewards[0]?.usedDate).not.toBeNull();
    await close();
  });

  test('the form’s own answer, in a frame under a frame-src policy: the browser lives, and the page that frames it is told', async () => {
    const sandbox = await sandboxWith();
    const reward = await rewardOf(sandbox, { email_address: 'a@example.org' });
    const host = await framing(reward.bodyUrl, 'allow-scripts allow-forms allow-same-origin', 'frame-src http: https:');
    const { page, close } = await open(browser, host);
    const frame = page.frameLocator('iframe');
    await frame.locator('form').evaluate((form: HTMLFormElement) => form.submit()); // past the script's own handler
    await frame.getByRole('link', { name: 'Continue' }).click({ noWaitAfter: true });
    expect(await told(page)).toEqual([['kiip://did_dismiss', sandbox.url]]);
    expect(browser.isConnected()).toBe(true);
    await close();
  });

  test('the e-mail is filled in and needed only where something is mailed; once redeemed there is nothing left to press', async () => {
    const sandbox = await sandboxWith();
    const { bodyUrl } = await rewardOf(sandbox, { email_address: 'a@example.org', user: { userid: 'player-7' } });
    const first = await open(browser, bodyUrl);
    expect(await first.page.getByLabel('E-mail').inputValue()).toBe('a@example.org');
    expect(await first.page.getByText('+20 Coins').isVisible()).toBe(true);
    await first.page.getByLabel('E-mail').fill('');
    await first.page.getByRole('button', { name: 'Redeem' }).click({ noWaitAfter: true });
    await first.page.getByRole('heading', { name: 'Redeemed' }).waitFor();
    expect(await focused(first.page)).toBe('Redeemed');
    expect(first.complaints).toEqual([]);
    await first.page.goto(bodyUrl);
    expect(await first.page.getByRole('button').count()).toBe(0);
    expect(await first.page.getByRole('link', { name: 'Close' }).count()).toBe(1);
    await first.close();

    const mailed = await rewardOf(sandbox, { user: undefined });
    const second = await open(browser, mailed.bodyUrl);
    await second.page.getByRole('button', { name: 'Redeem' }).click();
    expect(
      await second.page.getByLabel('E-mail').evaluate((input: HTMLInputElement) => input.validity.valueMissing),
    ).toBe(true);
    expect(sandbox.rewards.at(-1)?.usedDate).toBeNull();
    await second.close();
  });

  test('close_button: false leaves no way to close in the page', async () => {
    const sandbox = await sandboxWith();
    for (const closeButton of [false, 0]) {
      const reward = await rewardOf(sandbox, { close_button: closeButton });
      const { page, close } = await open(browser, reward.bodyUrl);
      await page.getByRole('button', { name: 'Redeem' }).waitFor();
      expect(await page.getByText('Close', { exact: true }).count()).toBe(0);
      expect(await page.content()).not.toContain('close=true');
      await close();
    }
  });

  test('a sandbox that is gone is said, and the player may try again', async () => {
    const sandbox = await sandboxWith();
    const { bodyUrl } = await rewardOf(sandbox);
    const { page, close } = await open(browser, bodyUrl);
    await sandbox.close();
    const button = page.getByRole('button', { name: 'Redeem' });
    await button.click();
    await page.getByRole('alert').getByText('That did not work').waitFor();
    expect(await button.getAttribute('aria-disabled')).toBeNull();
    await close();
  });

  test('two quick presses are one redemption', async () => {
    const sandbox = await sandboxWith();
    const { bodyUrl } = await rewardOf(sandbox, { user: { userid: 'player-7' } });
    const { page, close } = await open(browser, bodyUrl);
    await page.getByRole('button', { name: 'Redeem' }).dblclick({ noWaitAfter: true });
    await page.getByRole('heading', { name: 'Redeemed' }).waitFor();
    expect(sandbox.requests.filter(({ path }) => path.endsWith('/redeem'))).toHaveLength(1);
    await close();
  });

  test.each(['light', 'dark'] as const)(
    'axe-core finds nothing in %s, from phone to desktop; nothing runs or overflows, however hostile the name',
    async (colorScheme) => {
      const sandbox = await sandboxWith({ rewardName: HOSTILE });
      const { bodyUrl } = await rewardOf(sandbox, { email_address: 'a@example.org' });
      const { page, complaints, close } = await open(browser, bodyUrl, { colorScheme });
      for (const viewport of [
        { width: 320, height: 568 },
        { width: 667, height: 375 },
        { width: 1280, height: 800 },
      ]) {
        await page.setViewportSize(viewport);
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
        for (const box of [await page.getByRole('button').boundingBox(), await page.getByRole('link').boundingBox()]) {
          expect(Math.min(box?.height ?? 0, box?.width ?? 0)).toBeGreaterThanOrEqual(44);
        }
      }
      expect(await axe(page)).toEqual([]);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HOSTILE);
      expect(await page.evaluate(() => 'owned' in window)).toBe(false);
      await page.getByRole('button', { name: 'Redeem' }).click({ noWaitAfter: true });
      await page.getByRole('heading', { name: 'Redeemed' }).waitFor();
      expect(await axe(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  test('nothing moves for whoever asked for that', async () => {
    const sandbox = await sandboxWith();
    const { bodyUrl } = await rewardOf(sandbox);
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const { page, close } = await open(browser, bodyUrl, { reducedMotion });
      const name = await page.locator('img').evaluate((image) => getComputedStyle(image).animationName);
      expect(name).toBe(reducedMotion === 'reduce' ? 'none' : 'arrive');
      await close();
    }
  });
});
