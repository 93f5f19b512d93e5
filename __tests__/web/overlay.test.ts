import { readFileSync } from 'node:fs';
import { type Browser, type Page } from 'playwright-core';
import { atRest } from '../pages/support.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { openGame, rewardUrl, type GamePage } from './game.js';
import { serveSite, type Site } from './pages.js';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
  passes: { id: string }[];
}

/** What axe-core finds in the page and in every frame of it; `looked` names rules that must have had something to look at. */
async function axe(page: Page, looked: readonly string[]): Promise<string[]> {
  for (const frame of page.frames()) await frame.evaluate(axeSource);
  const result = (await page.evaluate('axe.run()')) as AxeResult;
  expect(result.passes.map(({ id }) => id)).toEqual(expect.arrayContaining([...looked]));
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describeWith('chromium', 'the overlay', () => {
  let browser: Browser;
  let site: Site;
  let game: GamePage;
  let page: Page;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    game = await openGame(browser, site);
    page = game.page;
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  const notification = { rewardName: 'Free coffee' };
  /** The focused element's name, inside shadow roots and frames too. */
  const focused = async (): Promise<string> => {
    for (const frame of [...page.frames()].reverse()) {
      const name = await frame.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        if (!document.hasFocus() || active === null || active === document.body || active.tagName === 'IFRAME')
          return '';
        return active.getAttribute('aria-label') ?? active.textContent ?? '';
      });
      if (name !== '') return name;
    }
    return '';
  };

  test('keyboard only: notification, dialog, round and round inside it, Escape, and back where the player was', async () => {
    await page.locator('#before').focus();
    await game.show({ bodyUrl: rewardUrl(site.other), notification });
    const status = page.getByRole('status');
    await status.getByText('Free coffee').waitFor();
    expect(await focused()).toBe('Play'); // a notification takes no focus
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Free coffeeView reward');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Free coffee' });
    await dialog.waitFor();
    expect(await dialog.getAttribute('aria-modal')).toBe('true');
    expect(await status.count()).toBe(0);
    expect(await focused()).toBe('Close');
    await game.reward();
    const seen: string[] = [];
    for (let step = 0; step < 5; step += 1) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    expect(seen).toEqual(['First', 'Last', 'Close', 'First', 'Last']);
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('First');
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('Close');
    await page.keyboard.press('Escape');
    expect(await game.settled()).toEqual([['close']]);
    expect(await page.getByRole('dialog').count()).toBe(0);
    // The focus was on the second button when it came into the notification.
    expect(await focused()).toBe('Other');
  });

  test('a browser without modal dialogs: it covers the game, and Escape and the button close it', async () => {
    const old = await openGame(browser, site);
    await old.page.evaluate(() => {
      for (const name of ['showModal', 'close']) Reflect.deleteProperty(HTMLDialogElement.prototype, name);
    });
    for (const close of [() => old.page.keyboard.press('Escape'), () => old.page.getByLabel('Close').click()]) {
      await old.show({ bodyUrl: rewardUrl(site.other) });
      await old.reward();
      await atRest(old.page);
      const box = await old.page.getByRole('dialog').boundingBox();
      const { width = 0, height = 0 } = old.page.viewportSize() ?? {};
      expect((box?.x ?? 0) * 2 + (box?.width ?? 0)).toBeCloseTo(width, 0);
      expect((box?.y ?? 0) * 2 + (box?.height ?? 0)).toBeCloseTo(height, 0);
      await close();
      expect(await old.settled()).toEqual([['close']]);
      expect(await old.page.getByRole('dialog').count()).toBe(0);
    }
    await old.close();
  });

  test('backwards round the dialog, and back into it from its backdrop', async () => {
    await game.show({ bodyUrl: rewardUrl(site.other) });
    await game.reward();
    const seen: string[] = [];
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press('Shift+Tab');
      seen.push(await focused());
    }
    expect(seen).toEqual(['Last', 'First', 'Close', 'Last']);
    await page.mouse.click(5, 5);
    expect(await page.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Close');
    await page.evaluate(() => window.shown?.close());
  });

  test('the close button, the handle and Escape in the notification call onClose once', async () => {
    await game.show({ bodyUrl: rewardUrl(site.other) });
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await game.settled()).toEqual([['close']]);

    await game.show({ bodyUrl: rewardUrl(site.other), notification });
    await page.getByRole('status').getByRole('button', { name: 'Close' }).click();
    expect(await game.settled()).toEqual([['close']]);

    await game.show({ bodyUrl: rewardUrl(site.other), notification });
    await page.getByRole('button', { name: 'Free coffee' }).focus();
    await page.keyboard.press('Escape');
    expect(await game.settled()).toEqual([['close']]);
    expect(await page.locator('body > div').count()).toBe(0);
  });

  test('a notification that goes away leaves the focus where the player put it; keys stay out of the game', async () => {
    await page.evaluate(() => {
      (window as unknown as { keys: string[] }).keys = [];
      window.addEventListener('keydown', (event) => (window as unknown as { keys: string[] }).keys.push(event.key));
    });
    await page.locator('#before').focus();
    await game.show({ bodyUrl: rewardUrl(site.other), notification });
    await page.getByRole('button', { name: 'Other' }).focus();
    await page.evaluate(() => window.shown?.close());
    expect(await focused()).toBe('Other');
    await page.keyboard.press('a');
    await game.show({ bodyUrl: rewardUrl(site.other) });
    await page.keyboard.press('b');
    await page.keyboard.press('Escape');
    await game.settled();
    expect(await page.evaluate(() => (window as unknown as { keys: string[] }).keys)).toEqual(['a']);
  });

  test('hostile names and images are text and nothing else', async () => {
    const hostile =
      '"><img src=x onerror="window.owned=1"><script>window.owned=1</script>\u202Eevil ' + 'W'.repeat(5_000);
    for (const rewardImageUrl of [
      'javascript:window.owned=1',
      'data:image/svg+xml,<svg onload="window.owned=1"/>',
      '//x.example/y',
      'http://x.example/y.png',
    ]) {
      await game.show({ bodyUrl: rewardUrl(site.other), notification: { rewardName: hostile, rewardImageUrl } });
      const name = page.getByRole('status').locator('.name');
      expect(await name.textContent()).toBe(hostile);
      expect(await page.getByRole('status').locator('img, script').count()).toBe(0);
      const box = await page.getByRole('status').boundingBox();
      expect(box?.width).toBeLessThanOrEqual(400);
      expect(box?.height).toBeLessThanOrEqual(120);
    }
    await page.getByRole('status').locator('.open').click();
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe(hostile);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);

    await game.show({
      bodyUrl: rewardUrl(site.other),
      notification: { ...notification, rewardImageUrl: `${site.other}/image.svg` },
    });
    await page.getByRole('status').locator('img').waitFor();
    await game.show({
      bodyUrl: rewardUrl(site.other),
      notification: { ...notification, rewardImageUrl: `${site.other}/missing.png` },
    });
    await page.getByRole('status').locator('img').waitFor({ state: 'detached' });
    await page.evaluate(() => window.shown?.close());
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://api.kiip.me/reward/1',
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'http://1270.0.0.1/',
    '/reward',
    '//api.kiip.me/',
    '',
    'kiip://did_dismiss',
    'file:///etc/passwd',
    'blob:https://api.kiip.me/1',
    null,
    { href: 'ftp://x' },
    {},
  ])('bodyUrl %j: a TypeError at once, that does not repeat it', async (bodyUrl) => {
    const message = await page.evaluate((given) => {
      try {
        window.kiip.showReward({ bodyUrl: given as string });
        return 'shown';
      } catch (error) {
        return error instanceof TypeError ? error.message : 'another error';
      }
    }, bodyUrl);
    expect(message).toBe(
      'showReward: bodyUrl must be an https: URL (http: only to localhost); pass reward.bodyUrl as received.',
    );
  });

  test('several at once: notifications stand above each other, dialogs too, and each ends once', async () => {
    await page.evaluate((bodyUrl) => {
      window.calls = [];
      for (const rewardName of ['One', 'Two'])
        window.kiip.showReward({
          bodyUrl: { href: bodyUrl },
          notification: { rewardName },
          onClose: () => window.calls.push(['close']),
        });
    }, rewardUrl(site.other));
    await atRest(page);
    const boxes = [
      await page.getByRole('status').first().boundingBox(),
      await page.getByRole('status').last().boundingBox(),
    ];
    expect((boxes[1]?.y ?? 0) + (boxes[1]?.height ?? 0)).toBeLessThan(boxes[0]?.y ?? 0);
    await page.getByRole('button', { name: 'Two' }).click();
    await page.evaluate(
      (bodyUrl) => window.kiip.showReward({ bodyUrl, onClose: () => window.calls.push(['close']) }),
      rewardUrl(site.other),
    );
    await page.getByRole('dialog', { name: 'Your reward' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => window.calls.length === 1);
    await page.getByRole('dialog', { name: 'Two' }).getByRole('button', { name: 'Close' }).click();
    await page.getByRole('status').getByRole('button', { name: 'Close' }).click();
    expect(await game.settled()).toHaveLength(3);
  });

  test('labels are the game’s own', async () => {
    const labels = { title: 'Belohnung', open: 'Ansehen', close: 'Schließen', unavailable: 'Nicht verfügbar' };
    await game.show({ bodyUrl: rewardUrl(site.other), notification: { rewardName: ' ' }, labels });
    await page.getByRole('button', { name: 'Belohnung Ansehen' }).click();
    await page.getByRole('dialog', { name: 'Belohnung' }).getByRole('button', { name: 'Schließen' }).click();
    expect(await game.settled()).toEqual([['close']]);
    // A translation that is missing is English, and not the word "undefined".
    await page.evaluate((bodyUrl) => {
      window.shown = window.kiip.showReward({ bodyUrl, labels: JSON.parse('{"title":null}') as object });
    }, rewardUrl(site.other));
    await page.getByRole('dialog', { name: 'Your reward' }).getByRole('button', { name: 'Close' }).click();
  });

  test('a container that the game took away: nothing breaks, and close() still tells once', async () => {
    await page.evaluate((bodyUrl) => {
      window.calls = [];
      for (const notification of [null, { rewardName: 'Gone' }]) {
        const container = document.createElement('div');
        document.body.append(container);
        const shown = window.kiip.showReward({
          bodyUrl,
          notification,
          container,
          onClose: () => window.calls.push(['close']),
        });
        container.remove();
        shown.close();
        shown.close();
      }
    }, rewardUrl(site.other));
    expect(await game.settled()).toEqual([['close'], ['close']]);
  });

  const SIZES = {
    phone: { width: 320, height: 568 },
    landscape: { width: 667, height: 375 },
    desktop: { width: 1280, height: 800 },
  };

  test.each(['light', 'dark'] as const)('axe-core finds nothing in %s, from phone to desktop', async (colorScheme) => {
    const coloured = await openGame(browser, site, undefined, { colorScheme });
    const found: string[] = [];
    const image = `${site.other}/image.svg`;
    await coloured.show({ bodyUrl: rewardUrl(site.other), notification: { ...notification, rewardImageUrl: image } });
    await coloured.page.getByRole('status').locator('img').waitFor();
    await atRest(coloured.page);
    found.push(...(await axe(coloured.page, ['button-name', 'color-contrast', 'image-alt'])));
    await coloured.page.getByRole('button', { name: 'Free coffee' }).click();
    await coloured.reward();
    await atRest(coloured.page);
    found.push(...(await axe(coloured.page, ['aria-dialog-name', 'button-name', 'frame-title', 'frame-tested'])));
    for (const [size, viewport] of Object.entries(SIZES)) {
      await coloured.page.setViewportSize(viewport);
      const box = await coloured.page.getByRole('dialog').boundingBox();
      const inside = (await coloured.page.locator('dialog iframe').boundingBox()) ?? { width: 0, height: 0 };
      const close = await coloured.page.getByRole('button', { name: 'Close' }).boundingBox();
      expect({
        size,
        fits:
          (box?.x ?? -1) >= 0 &&
          (box?.y ?? -1) >= 0 &&
          (box?.width ?? 9e9) <= viewport.width &&
          (box?.height ?? 9e9) <= viewport.height,
      }).toEqual({ size, fits: true });
      expect(inside.height).toBeGreaterThan(viewport.height * 0.7);
      expect(close?.width).toBeGreaterThanOrEqual(44);
      expect(close?.height).toBeGreaterThanOrEqual(44);
      expect((close?.x ?? 9e9) + 44).toBeLessThanOrEqual(viewport.width);
    }
    expect(found).toEqual([]);
    await coloured.close();
  });

  test('nothing moves when the player asked for that', async () => {
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const calm = await openGame(browser, site, undefined, { reducedMotion });
      await calm.show({ bodyUrl: rewardUrl(site.other) });
      const animation = await calm.page
        .getByRole('dialog')
        .evaluate((dialog) => getComputedStyle(dialog).animationName);
      expect(animation).toBe(reducedMotion === 'reduce' ? 'none' : 'kiip');
      await calm.close();
    }
  });
});
