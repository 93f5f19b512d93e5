import { readFileSync } from 'node:fs';
import { type Browser, type Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { screen } from '../pages/support.js';
import { describeWith } from '../support/services.js';
import { openGame, rewardUrl, type GamePage } from './game.js';
import { serveSite, type Site } from './pages.js';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds in the page alone: a frame that is still loading answers nobody. */
async function axe(page: Page): Promise<unknown[]> {
  await page.evaluate(axeSource);
  const result = (await page.evaluate('axe.run(document, { iframes: false })')) as { violations: unknown[] };
  return result.violations;
}

describeWith('chromium', 'while the reward page loads', () => {
  let browser: Browser;
  let site: Site;
  let game: GamePage;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    game = await openGame(browser, site);
  });
  afterAll(async () => {
    site.release();
    await browser.close();
    await site.close();
  });
  beforeEach(() => void site.countLoads());

  let holds = 0;
  /** A page that is not answered before the second time. */
  const heldUrl = (): string => `${rewardUrl(site.other, 'link', 'kiip://did_dismiss')}&hold=${(holds += 1)}`;
  const modal = { title: 'Nice score!', message: 'Fetching your free coffee', timeout: 0.4 };

  test('the reward’s own words, then a message and a retry, which loads it', async () => {
    const { page } = game;
    await game.show({ bodyUrl: heldUrl(), modal });
    const dialog = page.getByRole('dialog', { name: 'Nice score!' });
    await dialog.getByText('Fetching your free coffee').waitFor();
    // The title is not said twice.
    expect(await dialog.getByRole('heading', { level: 3 }).count()).toBe(0);
    await dialog.getByRole('alert').getByText('The reward has not loaded yet.').waitFor();
    expect(await dialog.getByText('Fetching your free coffee').count()).toBe(0);
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await game.reward();
    expect(await dialog.getByRole('alert').isVisible()).toBe(false);
    expect(await page.evaluate(() => document.querySelector('body > div')?.shadowRoot?.activeElement?.ariaLabel)).toBe(
      'Close',
    );
    expect(site.countLoads()).toBe(2);
    await game.go();
    expect(await game.settled()).toEqual([['dismiss', { redeemed: null, nativeUrl: null }]]);
  });

  test('a page that comes late after all is shown', async () => {
    await game.show({ bodyUrl: heldUrl(), modal });
    await game.page.getByRole('button', { name: 'Try again' }).waitFor();
    site.release();
    await game.reward();
    expect(await game.page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await game.page.evaluate(() => window.shown?.close());
  });

  test('closable while it loads and after, by button and by Escape', async () => {
    for (const close of [
      () => game.page.getByRole('button', { name: 'Close' }).click(),
      () => game.page.keyboard.press('Escape'),
    ]) {
      for (const words of ['Fetching your free coffee', 'The reward has not loaded yet.']) {
        await game.show({ bodyUrl: heldUrl(), modal });
        await game.page.getByText(words).waitFor();
        await close();
        expect(await game.settled()).toEqual([['close']]);
      }
    }
  });

  test.each([
    ['a name and a title', { notification: { rewardName: 'Free coffee' }, modal }, 'Free coffee', 'Nice score!'],
    ['no words at all', { modal: { title: null, message: null, timeout: null } }, 'Your reward', null],
    ['words that are empty', { modal: { title: ' ', message: '', timeout: -1 } }, 'Your reward', null],
    ['no modal', { modal: null }, 'Your reward', null],
  ])('%s', async (_, options, title, heading) => {
    await game.show({ bodyUrl: heldUrl(), ...options });
    if ('notification' in options) await game.page.getByRole('button', { name: 'Free coffee' }).click();
    const dialog = game.page.getByRole('dialog', { name: title });
    if (heading === null) await dialog.getByText('Loading your reward…').waitFor();
    else await dialog.getByRole('heading', { level: 3, name: heading }).waitFor();
    // Nothing but a positive number of seconds replaces the ten of the SDKs.
    await game.page.waitForTimeout(600);
    expect(await dialog.getByRole('alert').count()).toBe(heading === null ? 0 : 1);
    await game.page.evaluate(() => window.shown?.close());
  });

  test('ten seconds by default', async () => {
    const own = await openGame(browser, site);
    await own.page.clock.install();
    await own.show({ bodyUrl: heldUrl() });
    await own.page.getByText('Loading your reward…').waitFor();
    await own.page.clock.runFor(9_500);
    expect(await own.page.getByRole('alert').count()).toBe(0);
    await own.page.clock.runFor(1_000);
    await own.page.getByRole('alert').getByText('The reward has not loaded yet.').waitFor();
    await own.close();
  });

  test('a page that left for another program can be loaded again', async () => {
    await game.show({ bodyUrl: rewardUrl(site.other, 'link', 'mailto:a@b.example') });
    await game.go();
    await game.page.getByText('This reward cannot be shown here.').waitFor();
    await game.page.getByRole('button', { name: 'Try again' }).click();
    await game.reward();
    await game.page.evaluate(() => window.shown?.close());
  });

  const SIZES = {
    phone: { width: 320, height: 568 },
    landscape: { width: 667, height: 375 },
    desktop: { width: 1280, height: 800 },
  };
  test.each(['light', 'dark'] as const)('axe-core finds nothing in %s, from phone to desktop', async (colorScheme) => {
    const own = await openGame(browser, site, undefined, { colorScheme, reducedMotion: 'reduce' });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await own.page.setViewportSize(viewport);
      const words = { title: 'Nice score!', message: 'Fetching your free coffee from the shop next door', timeout: 30 };
      await own.show({ bodyUrl: heldUrl(), modal: words, notification: { rewardName: 'Free coffee' } });
      await own.page.getByRole('button', { name: 'Free coffee' }).click();
      await own.page.getByRole('heading', { name: 'Nice score!' }).waitFor();
      await screen(own.page, `overlay-loading-${colorScheme}-${size}`);
      expect(await axe(own.page)).toEqual([]);
      await own.show({ bodyUrl: heldUrl(), modal });
      const retry = own.page.getByRole('button', { name: 'Try again' });
      const box = await retry.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      await screen(own.page, `overlay-late-${colorScheme}-${size}`);
      expect(await axe(own.page)).toEqual([]);
    }
    await own.close();
  });
});
