import { type Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { openGame, rewardUrl } from './game.js';
import { serveSite, type Site } from './pages.js';

describeWith('chromium', 'the overlay under the host page’s own policy', () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  test.each([
    "default-src 'self'; style-src 'nonce-n0nce'; img-src http:; frame-src https: http:",
    "default-src 'none'; script-src 'nonce-n0nce'; style-src 'none'; img-src http:; frame-src http://127.0.0.1:*",
    "default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'; img-src http:; frame-src http:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  ])('%s', async (csp) => {
    const game = await openGame(browser, site, csp);
    const bodyUrl = rewardUrl(site.other, 'link', 'kiip://did_dismiss?close=true');
    await game.show({
      bodyUrl,
      notification: { rewardName: 'Free coffee', rewardImageUrl: `${site.other}/image.svg` },
    });
    const open = game.page.getByRole('button', { name: 'Free coffee' });
    await game.page.getByRole('status').locator('img').waitFor();
    expect(await game.page.getByRole('status').evaluate((bar) => getComputedStyle(bar).position)).toBe('fixed');
    await open.click();
    await game.reward();
    const wrapper = await game.page.locator('dialog iframe').boundingBox();
    const frame = await game.page.locator('dialog iframe').contentFrame().locator('iframe').boundingBox();
    expect(frame?.width).toBeCloseTo(wrapper?.width ?? 0, 2);
    expect(frame?.height).toBeCloseTo(wrapper?.height ?? 0, 2);
    await game.go();
    expect(await game.settled()).toEqual([['dismiss', { redeemed: null, nativeUrl: null }]]);
    // Nothing of ours was refused by the host's policy, and nothing of it changed.
    expect(await game.page.evaluate(() => window.violations)).toEqual([]);
    await game.close();
  });

  test('without constructable style sheets the nonce makes the styles work', async () => {
    const game = await openGame(browser, site, "default-src 'self'; style-src 'nonce-n0nce'; frame-src http:");
    await game.page.evaluate(() => Reflect.deleteProperty(window, 'CSSStyleSheet'));
    const look = (): Promise<string> => game.page.getByRole('status').evaluate((bar) => getComputedStyle(bar).position);
    await game.show({ bodyUrl: rewardUrl(site.other), notification: { rewardName: 'Free coffee' }, nonce: 'n0nce' });
    expect(await look()).toBe('fixed');
    expect(await game.page.evaluate(() => window.violations)).toEqual([]);
    await game.close();
  });

  test('a host whose frame-src forbids the reward: the player is told, and can close', async () => {
    const game = await openGame(browser, site, "default-src 'self'");
    await game.show({ bodyUrl: rewardUrl(site.other) });
    await game.page.getByText('This reward cannot be shown here.').waitFor();
    await game.page.keyboard.press('Escape');
    expect(await game.settled()).toEqual([['close']]);
    await game.close();
  });

  test('the host’s frames may still go where they could before', async () => {
    const game = await openGame(browser, site);
    await game.show({ bodyUrl: rewardUrl(site.other) });
    await game.reward();
    const loaded = await game.page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener(
            'securitypolicyviolation',
            ({ disposition }) => disposition === 'enforce' && resolve('refused'),
          );
          const frame = document.createElement('iframe');
          frame.src = 'data:text/html,<p>the host’s own</p>';
          frame.onload = () => resolve('loaded');
          document.body.append(frame);
        }),
    );
    expect(loaded).toBe('loaded');
    await game.close();
  });
});

test('importing it touches no document, and using it without one says so', async () => {
  const { showReward } = await import('kiip-s2s/web');
  expect(typeof document).toBe('undefined');
  expect(() => showReward({ bodyUrl: 'https://api.kiip.me/reward/1' })).toThrow(
    new TypeError('showReward: container must be an element that is in the page; call showReward in a browser.'),
  );
  expect(() => showReward({ bodyUrl: 'javascript:1' })).toThrow(/bodyUrl must be .*; container must be/);
});
