import { type Browser, type FrameLocator } from 'playwright-core';
import { verifyCallbackFields } from 'kiip-s2s/callbacks';
import { type Sandbox, type SandboxReward } from 'kiip-s2s/sandbox';
import { createWebViewGate, parseKiipUrl, type KiipEvent } from 'kiip-s2s/webview';
import { askMoment, closeAll, post, sandboxWith, send } from '../sandbox/support.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { openGame, type GamePage } from '../web/game.js';
import { serveSite, type Site } from '../web/pages.js';
import { axe, BROWSER_TIMEOUT_MS, open, screen } from './support.js';

jest.setTimeout(BROWSER_TIMEOUT_MS);

afterEach(closeAll);

async function rewardOf(sandbox: Sandbox, changes: Record<string, unknown> = {}): Promise<SandboxReward> {
  await askMoment(sandbox, { user: { userid: 'player-7' }, ...changes });
  return sandbox.rewards.at(-1) as SandboxReward;
}

const listSayings = (page: string): string[] =>
  [...page.matchAll(/(?:href|data-ready)="(kiip:[^"]*)"/g)].map(([, url]) => String(url).replaceAll('&amp;', '&'));

test("bridge: 'none' says how it ended, 'sdk' the whole of K30, and anything else is refused", async () => {
  const kinds = async (bridge: 'none' | 'sdk' | undefined): Promise<unknown[]> => {
    const sandbox = await sandboxWith({ bridge });
    const { text } = await send((await rewardOf(sandbox)).bodyUrl);
    return listSayings(text).map((url) => parseKiipUrl(url)?.kind);
  };
  expect(await kinds(undefined)).toEqual(['did_dismiss']);
  expect(await kinds('none')).toEqual(['did_dismiss']);
  const all = ['ready', 'did_dismiss', 'share', 'video', 'open_camera', 'close_camera'];
  expect(await kinds('sdk')).toEqual(all);
  await expect(sandboxWith({ bridge: 'full' as never })).rejects.toThrow("bridge must be 'none' or 'sdk'");
});

test('its texts are encoded once, and its content is the signed callback', async () => {
  const sandbox = await sandboxWith({ bridge: 'sdk', rewardName: '50% off & more' });
  const reward = await rewardOf(sandbox);
  const said = listSayings((await send(reward.bodyUrl)).text).map((url) => parseKiipUrl(url));
  expect(said).toContainEqual({ kind: 'share', subject: 'My reward', text: 'I have earned 50% off & more' });
  expect(said).toContainEqual({ kind: 'video', url: 'https://media.example/reward.mp4' });

  const answer = await post(`${sandbox.url}/reward/${reward.unitId}/${reward.id}/redeem`, '', {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  });
  const { content = '' } = JSON.parse(answer.text) as { content?: string };
  const told = parseKiipUrl(content);
  if (told?.kind !== 'content') throw new Error(content);
  const fields = {
    content: told.content,
    name: reward.virtual?.name,
    quantity: told.quantity,
    user_id: 'player-7',
    transaction_id: told.transactionId,
    signature: told.signature,
  };
  expect(verifyCallbackFields(fields, { secret: sandbox.appSecret })).toMatchObject({
    type: 'redemption',
    transactionId: reward.id,
  });
});

describeWith('chromium', 'a page that speaks the bridge', () => {
  let browser: Browser;
  let site: Site;
  let game: GamePage;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    game = await openGame(browser, site);
    game.page.setDefaultTimeout(15_000);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  const inside = (): FrameLocator => game.page.locator('dialog iframe').contentFrame().locator('iframe').contentFrame();
  const countLoads = (sandbox: Sandbox, { bodyUrl }: SandboxReward): number =>
    sandbox.requests.filter(({ method, path }) => method === 'GET' && path === new URL(bodyUrl).pathname).length;

  test.each(['Redeem', 'Close'] as const)(
    'in the overlay: ready costs a second request, share and video keep it open, %s is told as it is',
    async (button) => {
      const sandbox = await sandboxWith({ bridge: 'sdk' });
      const reward = await rewardOf(sandbox);
      await game.show({ bodyUrl: reward.bodyUrl });
      for (const [loads, link] of [
        [2, 'Share'],
        [3, 'Watch a video'],
      ] as const) {
        while (countLoads(sandbox, reward) < loads) await game.page.waitForTimeout(20);
        await inside().getByRole('link', { name: link }).click({ noWaitAfter: true });
        // Refused by the policy and loaded again, or refused by the frame's sandbox and left alone.
        await game.page.waitForTimeout(700);
        expect(await game.calls()).toEqual([]);
        if (countLoads(sandbox, reward) === loads) break;
      }
      await inside().getByText(button, { exact: true }).click({ noWaitAfter: true });
      const redeemed = button === 'Redeem';
      expect(await game.settled()).toEqual([['dismiss', { redeemed, nativeUrl: null }]]);
      expect(sandbox.rewards.at(-1)?.usedDate !== null).toBe(redeemed);
    },
  );

  test('in a web view’s gate: everything is heard, in its order', async () => {
    const sandbox = await sandboxWith({ bridge: 'sdk' });
    const { bodyUrl } = await rewardOf(sandbox);
    const heard: string[] = [];
    const gate = createWebViewGate({
      onDismiss: ({ redeemed }) => heard.push(redeemed ? 'redeemed' : 'closed'),
      onEvent: ({ kind }: KiipEvent) => heard.push(kind),
    });
    const { page, close } = await open(browser, 'about:blank');
    // What a web view asks its host about: navigations that a browser without the app refuses.
    const session = await page.context().newCDPSession(page);
    await session.send('Page.enable');
    session.on('Page.frameRequestedNavigation', ({ url }) => void gate({ url }));
    await page.goto(bodyUrl);
    for (const name of ['Share', 'Watch a video', 'Open the camera', 'Close the camera']) {
      // Without a gesture, since with one Chromium asks the system for a program that takes kiip: URLs, and the page waits.
      await page.getByRole('link', { name }).evaluate((link: HTMLElement) => link.click());
      await page.waitForTimeout(100);
    }
    await page.getByRole('button', { name: 'Redeem' }).evaluate((button: HTMLElement) => button.click());
    await page.getByRole('heading', { name: 'Redeemed' }).waitFor();
    await page.waitForTimeout(200);
    expect(heard).toEqual(['ready', 'share', 'video', 'open_camera', 'close_camera', 'content', 'redeemed']);
    await close();
  });

  test.each(['light', 'dark'] as const)(
    'its links fit a phone, and axe-core finds nothing in %s',
    async (colorScheme) => {
      const sandbox = await sandboxWith({ bridge: 'sdk' });
      const { bodyUrl } = await rewardOf(sandbox);
      const { page, close } = await open(browser, bodyUrl, { colorScheme, viewport: { width: 320, height: 568 } });
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      for (const link of await page.getByRole('link').all())
        expect((await link.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      expect(await axe(page)).toEqual([]);
      await screen(page, `reward-bridge-${colorScheme}`);
      await close();
    },
  );
});
