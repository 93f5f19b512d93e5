import { type Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { openGame, rewardUrl, type Call, type GamePage } from './game.js';
import { serveSite, type Site } from './pages.js';

describeWith('chromium', 'how a reward page ends', () => {
  let browser: Browser;
  let site: Site;
  let game: GamePage;
  let second: GamePage;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    [game, second] = await Promise.all([openGame(browser, site), openGame(browser, site)]);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  const CLOSED = 'kiip://did_dismiss?close=true';
  const unknown = { redeemed: null, nativeUrl: null };
  const nothingMore = ({ page } = game): Promise<unknown> =>
    page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));

  type Origin = 'host' | 'other';
  /** Frames of the game's own origin and of another, at the same time: most of a test is waiting for what must not come. */
  const inBoth = <T>(run: (origin: Origin, game: GamePage) => Promise<T>): Promise<[T, T]> =>
    Promise.all([run('host', game), run('other', second)]);

  async function ended(origin: Origin, way: string, url: string, { page, show, go, settled } = game): Promise<Call[]> {
    await page.locator('#before').focus();
    await show({ bodyUrl: rewardUrl(site[origin], way, url) });
    await go();
    const calls = await settled();
    expect(await page.locator('dialog').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('before');
    return calls;
  }

  describe('a frame of the host’s origin, and one of another', () => {
    test.each(['location', 'replace', 'refresh', 'link', 'form', 'post', 'windowOpen', 'windowOpenByName'])(
      'by %s: noticed exactly once',
      async (way) => {
        // Chromium does not tell a page which of the two it was.
        const once: Call[] = [['dismiss', unknown]];
        expect(await inBoth((origin, on) => ended(origin, way, CLOSED, on))).toEqual([once, once]);
      },
    );

    test.each(['message', 'messageToTop', 'messageAndLocation', 'messageThenPage'])(
      'by %s: told as it is',
      async (way) => {
        const once: Call[] = [['dismiss', { redeemed: false, nativeUrl: null }]];
        expect(await inBoth((origin, on) => ended(origin, way, CLOSED, on))).toEqual([once, once]);
      },
    );

    test.each(['newWindow', 'blankLink', 'topLocation', 'nested'])(
      'by %s: not noticed, and the player can still close',
      async (way) => {
        const calls = await inBoth(async (origin) => {
          // A page of its own: Chromium may ask the player for a program that takes kiip: URLs, and then the page takes no real click.
          const apart = await openGame(browser, site);
          await apart.show({ bodyUrl: rewardUrl(site[origin], way, CLOSED) });
          const reward = await apart.reward();
          await reward.evaluate(() => document.getElementById('go')?.click());
          await nothingMore(apart);
          expect(await apart.calls()).toEqual([]);
          await apart.page.getByRole('button', { name: 'Close' }).evaluate((close: HTMLElement) => close.click());
          const told = await apart.settled();
          await apart.close();
          return told;
        });
        expect(calls).toEqual([[['close']], [['close']]]);
      },
    );

    test.each(['mailto:a@b.example', 'intent://x', 'data:text/html,x'])('going to %s is no dismissal', async (url) => {
      const calls = await inBoth(async (origin, on) => {
        await on.show({ bodyUrl: rewardUrl(site[origin], 'link', url) });
        await on.go();
        await on.page.getByText('This reward cannot be shown here.').waitFor();
        await nothingMore(on);
        const before = await on.calls();
        await on.page.keyboard.press('Escape');
        return [before, await on.settled()];
      });
      expect(calls).toEqual(Array(2).fill([[], [['close']]]));
    });
  });

  // Other browsers, and Chromium before, report the scheme or the address; made up here as they would send it.
  test.each<[string, { redeemed: boolean | null; nativeUrl: string | null }]>([
    ['kiip', unknown],
    ['kiip://did_dismiss', unknown],
    ['kiip://did_dismiss?close=true', { redeemed: false, nativeUrl: null }],
    ['kiip://did_dismiss?native_url=https%3A%2F%2Fx.example', { redeemed: true, nativeUrl: 'https://x.example' }],
    ['kiip://did_dismiss?native_url=javascript%3Ax', { redeemed: true, nativeUrl: null }],
    ['kiip://unheard_of', unknown],
  ])('a browser that reports %s', async (blockedURI, expected) => {
    await game.show({ bodyUrl: rewardUrl(site.other) });
    await game.touch();
    const refuse = (
      originalPolicy: string,
      disposition: 'enforce' | 'report',
      effectiveDirective: string,
    ): Promise<void> =>
      game.page
        .locator('dialog iframe')
        .contentFrame()
        .locator('body')
        .evaluate(
          (body, init) =>
            void body.ownerDocument.dispatchEvent(new SecurityPolicyViolationEvent('securitypolicyviolation', init)),
          {
            ...{ blockedURI, originalPolicy, disposition, effectiveDirective },
            ...{ documentURI: 'about:blank', violatedDirective: effectiveDirective, statusCode: 0 },
          },
        );
    await refuse('frame-src http: https:', 'report', 'frame-src');
    await refuse("img-src 'none'", 'enforce', 'img-src');
    await nothingMore();
    expect(await game.calls()).toEqual([]);
    await refuse('frame-src http: https:', 'enforce', 'frame-src');
    expect(await game.settled()).toEqual([['dismiss', expected]]);
  });

  test('a message brings the redirect, if it may be opened', async () => {
    const redirect = 'kiip://did_dismiss?native_url=https%3A%2F%2Fshop.example%2F';
    expect(await ended('other', 'message', redirect)).toEqual([
      ['dismiss', { redeemed: true, nativeUrl: 'https://shop.example/' }],
    ]);
    const hostile = 'kiip://did_dismiss?native_url=javascript%3Aalert(1)';
    expect(await ended('other', 'messageAndLocation', hostile)).toEqual([
      ['dismiss', { redeemed: true, nativeUrl: null }],
    ]);
  });

  test('a message counts only from the reward page itself', async () => {
    await game.show({ bodyUrl: rewardUrl(site.other) });
    const reward = await game.reward();
    await game.page.evaluate(() => window.postMessage('kiip://did_dismiss', '*'));
    await reward.evaluate(async (foreign) => {
      const stranger = document.createElement('iframe');
      document.body.append(stranger);
      stranger.src = foreign;
      await new Promise((resolve) => stranger.addEventListener('load', resolve, { once: true }));
    }, rewardUrl(site.host));
    const stranger = reward.childFrames()[0];
    expect(stranger).toBeDefined();
    await stranger?.evaluate(() => {
      parent.parent.postMessage('kiip://did_dismiss', '*');
      top?.postMessage('kiip://did_dismiss', '*');
    });
    for (const nothing of ['kiip://other', 'https://did_dismiss', '', null, 7, { type: 'x' }])
      await reward.evaluate((data) => parent.postMessage(data, '*'), nothing);
    await nothingMore();
    expect(await game.calls()).toEqual([]);
    await reward.evaluate(() => parent.postMessage('kiip://did_dismiss', '*'));
    expect(await game.settled()).toEqual([['dismiss', { redeemed: true, nativeUrl: null }]]);
  });

  test('a page that the frame went on to cannot speak for the reward', async () => {
    await game.show({ bodyUrl: rewardUrl(site.other, 'link', rewardUrl(site.host, 'message')) });
    await game.go();
    const wrapper = game.page.locator('dialog iframe').contentFrame();
    await wrapper.locator('iframe').contentFrame().locator('button#go').click();
    await nothingMore();
    expect(await game.calls()).toEqual([]);
    await game.page.evaluate(() => {
      window.shown?.close();
      window.shown?.close();
    });
    expect(await game.settled()).toEqual([['close']]);
  });

  test('a frame of the game’s own origin cannot reach the game', async () => {
    await game.show({ bodyUrl: rewardUrl(site.host) });
    const reward = await game.reward();
    const reach = await reward.evaluate(() => {
      try {
        return String(top?.document.title);
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(reach).toBe('SecurityError');
    await game.page.evaluate(() => window.shown?.close());
  });
});
