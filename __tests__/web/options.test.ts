import { type Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { openGame, rewardUrl, type GamePage } from './game.js';
import { serveSite, type Site } from './pages.js';

describeWith('chromium', 'the options of showReward', () => {
  let browser: Browser;
  let site: Site;
  let game: GamePage;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    game = await openGame(browser, site);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  const refusal = (options: unknown): Promise<string> =>
    game.page.evaluate((given) => {
      try {
        window.kiip.showReward(given as never).close();
        return 'shown';
      } catch (error) {
        return error instanceof TypeError ? error.message : 'another error';
      }
    }, options);

  const KNOWN = 'bodyUrl, notification, modal, onDismiss, onClose, container, labels, nonce, allowInsecure';

  test.each<[object | null, string]>([
    [null, 'options must be an object.'],
    [{ onDismis: 1 }, 'onDismis is not a known field (did you mean onDismiss?).'],
    [{ player: 'a@b.example' }, `(unknown key) is not a known field: the known ones are ${KNOWN}.`],
    [{ labels: { tittle: 'x' } }, 'labels.tittle is not a known field (did you mean title?).'],
    [{ labels: { title: 7, open: null } }, 'labels.title must be text.'],
    [{ labels: 'English' }, 'labels must be an object of texts.'],
    [{ modal: { timeOut: 5 } }, 'modal.timeOut is not a known field (did you mean timeout?).'],
    [{ modal: 'Hello' }, 'modal must be an object or null.'],
    [
      { notification: { reward_name: 'x' } },
      'notification.reward_name is not a known field (did you mean rewardName?).',
    ],
    [{ notification: 7 }, 'notification must be an object or null.'],
    [{ container: {} }, 'container must be an element that is in the page; call showReward in a browser.'],
    [{ nonce: 1 }, 'nonce must be text.'],
    [{ allowInsecure: 'yes' }, 'allowInsecure must be true or false.'],
    [
      { bodyUrl: 'ftp://x', onClose: 1, onDismiss: true, nonse: 'x' },
      'nonse is not a known field (did you mean nonce?); bodyUrl must be an https: URL (http: only to localhost); pass reward.bodyUrl as received; ' +
        'onDismiss must be a function; onClose must be a function.',
    ],
  ])('%j: a TypeError with every problem', async (options, message) => {
    const given = options === null ? null : { bodyUrl: rewardUrl(site.other), ...options };
    expect(await refusal(given)).toBe(`showReward: ${message}`);
    expect(await game.page.locator('body > div').count()).toBe(0);
  });

  test('what a later version of the platform’s answer holds besides is let in, and so is undefined', async () => {
    const sent = { modal: { title: 'x', colour: 'red' }, notification: { rewardName: 'x', sponsor: { name: 'y' } } };
    expect(await refusal({ bodyUrl: { href: rewardUrl(site.other), unitId: 'u' }, ...sent })).toBe('shown');
    const undefinedOnes = await game.page.evaluate((bodyUrl) => {
      const none = Object.fromEntries(
        ['notification', 'modal', 'onDismiss', 'onClose', 'container', 'labels', 'nonce', 'allowInsecure'].map(
          (name) => [name, undefined],
        ),
      );
      window.kiip.showReward({ bodyUrl, ...none }).close();
      return 'shown';
    }, rewardUrl(site.other));
    expect(undefinedOnes).toBe('shown');
  });

  test('allowInsecure: a reward from http: on another host, and its image', async () => {
    const url = new URL(rewardUrl(site.other));
    const elsewhere = `http://sandbox.example:${url.port}`;
    await game.page.route(`${elsewhere}/**`, async (route) => {
      const asked = new URL(route.request().url());
      await route.fulfill({ response: await route.fetch({ url: `${site.other}${asked.pathname}${asked.search}` }) });
    });
    expect(await refusal({ bodyUrl: rewardUrl(elsewhere) })).toMatch(/bodyUrl must be an https: URL/);
    expect(await refusal({ bodyUrl: 'ftp://x', allowInsecure: true })).toMatch(
      /bodyUrl must be an http: or https: URL;/,
    );
    await game.show({
      bodyUrl: rewardUrl(elsewhere),
      notification: { rewardName: 'Coffee', rewardImageUrl: `${elsewhere}/image.svg` },
      allowInsecure: true,
    });
    await game.page.getByRole('status').locator('img').waitFor();
    await game.page.getByRole('button', { name: 'Coffee' }).click();
    await game.reward();
    await game.page.evaluate(() => window.shown?.close());
  });

  test('in a srcdoc page a reward of the page’s own origin stays in its sandbox', async () => {
    const reach = await game.page.evaluate(
      ([bodyUrl, script]) =>
        new Promise((resolve) => {
          const inside = document.createElement('iframe');
          inside.srcdoc = `<!doctype html><title>Game</title><script src="${script}"></${'script'}>`;
          inside.onload = () => {
            const view = inside.contentWindow as Window & typeof globalThis;
            view.kiip.showReward({ bodyUrl });
            const frame = view.document.body.lastElementChild?.shadowRoot?.querySelector('iframe');
            const wait = setInterval(() => {
              const reward = frame?.contentDocument?.querySelector('iframe');
              if (!reward) return;
              clearInterval(wait);
              resolve([view.location.origin, view.origin === location.origin, reward.getAttribute('sandbox')]);
            }, 20);
          };
          document.body.append(inside);
        }),
      [rewardUrl(site.host), `${site.host}/kiip.js`] as const,
    );
    const permissions = 'allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox';
    expect(reach).toEqual(['null', true, permissions]);
  });
});
