import { type Browser, type FrameLocator, type Page } from 'playwright-core';
import { type Delivery, type Sandbox } from 'kiip-s2s/sandbox';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { startGameBackend, type GameBackend } from './game-backend.js';
import { axe, BROWSER_TIMEOUT_MS, focused, open, screen, type Opened } from './support.js';

jest.setTimeout(BROWSER_TIMEOUT_MS);

// The whole way of a reward: backend, sandbox, PostgreSQL, overlay and reward page, all real, in a real browser.

describeWith(['chromium', 'postgres'], 'from the moment to the credit', () => {
  let browser: Browser;
  let backend: GameBackend;
  let opened: Opened;
  let page: Page;
  beforeAll(async () => {
    [browser, backend] = await Promise.all([launchChromium(), startGameBackend()]);
    opened = await open(browser, backend.url);
    page = opened.page;
  });
  afterAll(async () => {
    await browser.close();
    await backend.close();
  });
  beforeEach(() => page.goto(backend.url));

  const reward = (): FrameLocator => page.frameLocator('dialog iframe').frameLocator('iframe');
  const press = (name: string): Promise<void> => reward().getByText(name, { exact: true }).click({ noWaitAfter: true });
  const playUntilDialog = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Finish the level' }).click();
    await page.getByRole('button', { name: /View reward/ }).click();
    await reward().getByRole('button', { name: 'Redeem' }).waitFor();
  };
  /** What the game was told, once it was; long enough for a second time to show up. */
  const told = async (): Promise<unknown[]> => {
    await page.waitForFunction(() => window.ended.length > 0);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    return page.evaluate(() => window.ended);
  };
  const delivered = (sandbox: Sandbox): Promise<Delivery> =>
    new Promise((resolve) => sandbox.subscribe((event) => event.type === 'delivery' && resolve(event.delivery)));

  const PAID = [{ user_id: 'player-7', quantity: 20 }];
  const REDEEMED = [['dismiss', { redeemed: true, nativeUrl: null }]];

  test('toast, dialog, redeemed, credited once, and the game knows', async () => {
    const sandbox = await backend.against();
    const delivery = delivered(sandbox);
    await page.getByRole('button', { name: 'Finish the level' }).click();
    const toast = page.getByRole('status');
    await toast.getByText('Test Reward - 20 Coins').waitFor();
    await toast.locator('img').waitFor();
    await screen(page, 'toast');
    await page.getByRole('button', { name: /View reward/ }).click();
    await reward().getByRole('heading', { name: 'Test Reward - 20 Coins' }).waitFor();
    expect(await reward().getByLabel('E-mail').inputValue()).toBe('player@example.org');
    await screen(page, 'dialog');
    await press('Redeem');
    expect(await told()).toEqual(REDEEMED);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await delivery).toMatchObject({ type: 'redemption', delivered: true, status: 200, attempts: 1 });
    expect(await backend.credits()).toEqual(PAID);
    // The platform missed the answer and sends it again.
    const [{ id = '' } = {}] = sandbox.rewards;
    expect(await sandbox.redeem(id)).toMatchObject({
      delivered: true,
      answer: expect.stringContaining('duplicate') as string,
    });
    expect(await sandbox.redeem(id, { format: 'form' })).toMatchObject({
      delivered: true,
      answer: expect.stringContaining('duplicate') as string,
    });
    expect(await backend.credits()).toEqual(PAID);
    // What keeps the frame from going to kiip:, twice: the page's own policy and the overlay's.
    expect(opened.complaints.filter((text) => !text.startsWith("Framing '' violates"))).toEqual([]);
  });

  test('keyboard only', async () => {
    const sandbox = await backend.against();
    const delivery = delivered(sandbox);
    const reach = async (name: RegExp): Promise<void> => {
      for (let steps = 0; steps < 12 && !name.test(await focused(page)); steps += 1) await page.keyboard.press('Tab');
      expect(await focused(page)).toMatch(name);
    };
    await reach(/^Finish the level$/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /View reward/ }).waitFor();
    await reach(/View reward$/);
    await page.keyboard.press('Enter');
    await reward().getByRole('button', { name: 'Redeem' }).waitFor();
    expect(await focused(page)).toBe('Close'); // the dialog's own
    await reach(/^E-mail/);
    await page.keyboard.press('Enter'); // sends the form
    expect(await told()).toEqual(REDEEMED);
    expect(await delivery).toMatchObject({ delivered: true });
    expect(await backend.credits()).toEqual(PAID);
    expect(await focused(page)).toBe('Finish the level');
  });

  test('a credit that fails is undone, tried again, and paid once', async () => {
    const sandbox = await backend.against();
    backend.failNextCredit();
    const delivery = delivered(sandbox);
    await playUntilDialog();
    await press('Redeem');
    expect(await told()).toEqual(REDEEMED);
    expect(await delivery).toMatchObject({ delivered: true, attempts: 2 });
    expect(await backend.credits()).toEqual(PAID);
  });

  test('closed in the reward page: the game knows, and nobody is credited', async () => {
    const sandbox = await backend.against();
    await playUntilDialog();
    await press('Close');
    expect(await told()).toEqual([['dismiss', { redeemed: false, nativeUrl: null }]]);
    expect(sandbox.rewards[0]?.usedDate).toBeNull();
    expect(await backend.credits()).toEqual([]);
  });

  test('a hidden close button: the page has none, the dialog always has, and Escape works', async () => {
    await backend.against({}, { closeButton: false });
    for (const leave of [
      () => page.getByRole('dialog').getByRole('button', { name: 'Close' }).click(),
      () => page.keyboard.press('Escape'),
    ]) {
      await playUntilDialog();
      expect(await reward().getByText('Close', { exact: true }).count()).toBe(0);
      await leave();
      expect(await told()).toEqual([['close']]);
      expect(await page.getByRole('dialog').count()).toBe(0);
      await page.evaluate(() => window.ended.splice(0));
    }
    expect(await backend.credits()).toEqual([]);
  });

  test.each([
    ['https://shop.example/thanks?a=b&c=d', 'https://shop.example/thanks?a=b&c=d'],
    ['javascript:window.owned=1', null],
  ])('a redirect to %s reaches the game as %p', async (given, nativeUrl) => {
    const sandbox = await backend.against({ nativeUrl: given });
    const delivery = delivered(sandbox);
    await playUntilDialog();
    await press('Redeem');
    expect(await told()).toEqual([['dismiss', { redeemed: true, nativeUrl }]]);
    await delivery;
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
    expect(page.url()).toBe(`${backend.url}/`);
  });

  test('a hostile name is text in the toast, in the dialog and on the page', async () => {
    const rewardName = `"><img src=x onerror="top.owned=1"><script>top.owned=1</script></title>\u202Eevil ${'W'.repeat(500)}`;
    await backend.against({ rewardName });
    await page.getByRole('button', { name: 'Finish the level' }).click();
    const toast = page.getByRole('button', { name: /View reward/ });
    await toast.waitFor();
    expect(await toast.locator('.name').textContent()).toBe(rewardName);
    await toast.click();
    await reward().getByRole('button', { name: 'Redeem' }).waitFor();
    expect(await page.locator('dialog h2').textContent()).toBe(rewardName);
    expect(await reward().getByRole('heading', { level: 1 }).textContent()).toBe(rewardName);
    await screen(page, 'dialog-hostile-name');
    for (const frame of page.frames()) {
      const found = await frame.evaluate(() => [document.querySelectorAll('img[src="x"]').length, 'owned' in window]);
      expect(found).toEqual([0, false]);
    }
    await press('Close');
    expect(await told()).toHaveLength(1);
  });

  test('the reward is of another origin: it cannot reach the game, and no other frame can speak for it', async () => {
    const sandbox = await backend.against();
    await playUntilDialog();
    const frame = page.frames().find((one) => one.url().startsWith(`${sandbox.url}/reward/`));
    const reach = await frame?.evaluate(() => {
      try {
        return String(window.top?.document.title);
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(reach).toBe('SecurityError');
    // A second reward page, in a frame beside the dialog: redeemed, it tells its parent, which is the game's page.
    await page.evaluate(async (src) => {
      const beside = document.createElement('iframe');
      beside.title = 'beside';
      beside.src = src;
      document.body.append(beside);
      await new Promise((resolve) => beside.addEventListener('load', resolve, { once: true }));
    }, sandbox.rewards[0]?.bodyUrl ?? '');
    const heard = page.evaluate(
      () => new Promise((resolve) => window.addEventListener('message', ({ data }) => resolve(data), { once: true })),
    );
    const delivery = delivered(sandbox);
    const beside = page
      .frames()
      .find((one) => one.parentFrame() === page.mainFrame() && one.url().startsWith(sandbox.url));
    await beside?.evaluate(() => document.querySelector('button')?.click());
    expect(await heard).toBe('kiip://did_dismiss');
    await delivery;
    expect(await page.evaluate(() => window.ended)).toEqual([]);
    expect(await page.getByRole('dialog').count()).toBe(1);
    await press('Close');
    expect(await told()).toEqual([['dismiss', { redeemed: false, nativeUrl: null }]]);
  });

  test.each(['light', 'dark'] as const)(
    'axe-core finds nothing in %s: notification, and dialog with the reward page',
    async (colorScheme) => {
      await backend.against();
      await page.emulateMedia({ colorScheme });
      await page.getByRole('button', { name: 'Finish the level' }).click();
      await page.getByRole('button', { name: /View reward/ }).waitFor();
      expect(await axe(page)).toEqual([]);
      await page.getByRole('button', { name: /View reward/ }).click();
      await reward().getByRole('button', { name: 'Redeem' }).waitFor();
      expect(await axe(page)).toEqual([]);
      await screen(page, `dialog-${colorScheme}`);
      await page.setViewportSize({ width: 360, height: 640 });
      await screen(page, `dialog-phone-${colorScheme}`);
    },
  );
});
