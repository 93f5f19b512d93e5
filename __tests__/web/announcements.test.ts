import { type Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { openGame, type Call, type GamePage } from './game.js';
import { serveSite, type Site } from './pages.js';

jest.setTimeout(60_000);

describeWith('chromium', 'a reward page that says more than did_dismiss', () => {
  let browser: Browser;
  let site: Site;
  let game: GamePage;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    game = await openGame(browser, site, undefined, {}, NOTHING_TRIED);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });
  beforeEach(() => void site.countLoads());

  // A host's report-only policy would tell the overlay more.
  const NOTHING_TRIED = '';
  const unknown: Call[] = [['dismiss', { redeemed: null, nativeUrl: null }]];

  interface PageParts {
    way?: string;
    url?: string;
    says?: string;
    after?: string;
    tells?: string;
  }
  const page = (parts: PageParts): string =>
    `${site.other}/reward?${new URLSearchParams({ way: 'link', url: 'kiip://did_dismiss?close', ...parts }).toString()}`;

  /** Waits until the page was asked for so often, and is there. */
  async function loaded(times: number, on = game): Promise<void> {
    let asked = 0;
    while (asked < times) {
      asked += site.countLoads();
      await on.page.waitForTimeout(20);
    }
    await on.reward();
  }
  const isOpen = async (on = game): Promise<boolean> => (await on.page.getByRole('dialog').count()) === 1;

  test.each([
    ['ready on load', { says: 'kiip://ready' }],
    ['ready before the load event', { says: 'kiip://ready', after: 'DOMContentLoaded' }],
    ['ready after 2 s', { says: 'kiip://ready', after: '2000' }],
    ['content on load', { says: 'kiip://content?content=coins&quantity=20&transaction_id=1&signature=x' }],
    ['share on load', { says: 'kiip://share?subject=a&text=b' }],
    ['video on load', { says: 'kiip://video?url=https%3A%2F%2Fx.example%2Fy.mp4' }],
    ['did_dismiss on load, without a touch', { says: 'kiip://did_dismiss' }],
  ])('%s: stays on the screen after one more load, and a later did_dismiss is noticed', async (_, parts) => {
    await game.show({ bodyUrl: page(parts) });
    await loaded(2);
    // Longer than the page takes to say it again.
    await game.page.waitForTimeout((('after' in parts && Number(parts.after)) || 0) + 700);
    await game.reward();
    expect([await game.calls(), await isOpen(), site.countLoads()]).toEqual([[], true, 0]);
    await game.touch();
    await game.go();
    expect(await game.settled()).toEqual(unknown);
    expect(site.countLoads()).toBe(0);
  });

  test.each(['mouse', 'finger'])('ready on load: the first quick tap of a %s ends it', async (pointer) => {
    const context = pointer === 'finger' ? { hasTouch: true, isMobile: true } : {};
    const on = await openGame(browser, site, undefined, context, NOTHING_TRIED);
    for (let round = 0; round < 4; round += 1) {
      await on.show({ bodyUrl: page({ says: 'kiip://ready' }) });
      await loaded(2, on);
      await on.page.waitForTimeout(2_500); // nobody has read a reward sooner
      const go = on.page.locator('dialog iframe').contentFrame().locator('iframe').contentFrame().locator('#go');
      await (pointer === 'finger' ? go.tap({ noWaitAfter: true }) : go.click({ noWaitAfter: true }));
      expect(await on.settled()).toEqual(unknown);
    }
    await on.close();
  });

  test('one that keeps announcing itself: a third load, and then only a touch counts', async () => {
    await game.show({ bodyUrl: page({ says: 'kiip://ready', after: '0' }) });
    await loaded(2);
    await game.page.waitForTimeout(2_500);
    const again = await game.reward();
    await again.evaluate(() => void setTimeout(() => (location.href = 'kiip://ready')));
    await loaded(1);
    const third = await game.reward();
    for (let times = 0; times < 3; times += 1) {
      await third.evaluate(() => void setTimeout(() => (location.href = 'kiip://content')));
      await game.page.waitForTimeout(700);
    }
    expect([await game.calls(), await isOpen(), site.countLoads()]).toEqual([[], true, 0]);
    await game.touch();
    await game.go();
    expect(await game.settled()).toEqual(unknown);
  });

  test('after a touch a browser cannot tell an announcement from the end, unless the page says it by message', async () => {
    await game.show({ bodyUrl: page({ url: 'kiip://content' }) });
    await game.go();
    expect(await game.settled()).toEqual(unknown);

    site.countLoads();
    await game.show({ bodyUrl: page({ way: 'messageAndLocation', url: 'kiip://share?text=x' }) });
    await game.go();
    await loaded(2);
    expect([await game.calls(), await isOpen()]).toEqual([[], true]);
    expect(await game.page.getByRole('button', { name: 'Close' }).count()).toBe(1);
    await game.page.evaluate(() => window.shown?.close());
  });

  test('did_dismiss on load by message: told as it is', async () => {
    await game.show({ bodyUrl: page({ says: 'kiip://did_dismiss?close', tells: '' }) });
    expect(await game.settled()).toEqual([['dismiss', { redeemed: false, nativeUrl: null }]]);
  });

  test('the page that was loaded again still opens new windows', async () => {
    const on = await openGame(browser, site);
    await on.show({ bodyUrl: page({ says: 'kiip://ready' }) });
    await loaded(2, on);
    const reward = await on.reward();
    const opened = on.page.context().waitForEvent('page');
    await reward.evaluate(() => {
      document.body.append(
        Object.assign(document.createElement('a'), { id: 'terms', target: '_blank', href: '/reward' }),
      );
      document.getElementById('terms')?.click();
    });
    await (await opened).waitForLoadState();
    await on.close();
  });

  test('a host that reports: the first quick click is noticed, however soon; a mailto: link is no dismissal', async () => {
    const tried = 'frame-src http: https:, frame-src http: https: kiip:';
    const on = await openGame(browser, site, undefined, {}, tried);
    for (let round = 0; round < 5; round += 1) {
      await on.show({ bodyUrl: page({ says: 'kiip://ready' }) });
      await loaded(2, on);
      await on.go();
      expect(await on.settled()).toEqual(unknown);
    }
    await on.show({ bodyUrl: page({ says: 'kiip://ready', url: 'mailto:a@b.example' }) });
    await loaded(2, on);
    await on.go();
    await on.page.waitForTimeout(500);
    expect([await on.calls(), await isOpen(on)]).toEqual([[], true]);
    await on.close();
  });
});
