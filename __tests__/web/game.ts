import { type Browser, type BrowserContextOptions, type Frame, type Page } from 'playwright-core';
import type * as web from '../../src/web/index.js';
import { type Site } from './pages.js';

export type Call = ['dismiss', web.RewardResult] | ['close'];

declare global {
  interface Window {
    kiip: typeof web;
    calls: Call[];
    violations: string[];
    shown?: web.ShownReward;
  }
}

type GameOptions = Omit<web.ShowRewardOptions, 'onDismiss' | 'onClose' | 'container'>;

export interface GamePage {
  readonly page: Page;
  /** What the overlay called so far. */
  calls(): Promise<Call[]>;
  /** Waits for the first call, then long enough for a second one to show up. */
  settled(): Promise<Call[]>;
  /** The frame with the reward page, loaded. */
  reward(): Promise<Frame>;
  /** Clicks where nothing happens in the reward page, as a player who only looks around. */
  touch(): Promise<void>;
  /** Clicks what ends the reward page, without waiting for where that leads. */
  go(): Promise<void>;
  /** Forgets the calls so far, then shows a reward. */
  show(options: GameOptions): Promise<void>;
  close(): Promise<void>;
}

export const rewardUrl = (origin: string, way = 'quiet', url = 'kiip://did_dismiss'): string =>
  `${origin}/reward?way=${way}&url=${encodeURIComponent(url)}`;

/** The game's page in a fresh browser context. */
export async function openGame(
  browser: Browser,
  site: Site,
  csp?: string,
  context: BrowserContextOptions = {},
  tried?: string,
): Promise<GamePage> {
  const fresh = await browser.newContext(context);
  const page = await fresh.newPage();
  const query = new URLSearchParams({ ...(csp !== undefined && { csp }), ...(tried !== undefined && { tried }) });
  await page.goto(`${site.host}/game?${query.toString()}`);
  await page.evaluate(() => {
    window.calls = [];
    window.violations = [];
    document.addEventListener('securitypolicyviolation', ({ disposition, effectiveDirective }) => {
      if (disposition === 'enforce') window.violations.push(effectiveDirective);
    });
  });
  const calls = (): Promise<Call[]> => page.evaluate(() => window.calls);
  const inside = page.locator('dialog iframe').contentFrame().locator('iframe').contentFrame();
  return {
    page,
    calls,
    async settled() {
      await page.waitForFunction(() => window.calls.length > 0, undefined, { polling: 20 });
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
      return calls();
    },
    async reward() {
      await inside.getByRole('heading', { name: 'A reward' }).waitFor();
      const frame = page.frames().find((one) => one.url().includes('/reward?'));
      if (frame === undefined) throw new Error('no reward frame');
      return frame;
    },
    touch: () => inside.getByRole('heading', { name: 'A reward' }).click(),
    go: () => inside.locator('#go').click({ noWaitAfter: true }),
    async show(options) {
      await page.evaluate((given) => {
        window.shown?.close(); // what a failed test left behind
        window.calls = [];
        window.shown = window.kiip.showReward({
          ...given,
          onDismiss: (result) => window.calls.push(['dismiss', result]),
          onClose: () => window.calls.push(['close']),
        });
      }, options);
    },
    close: () => fresh.close(),
  };
}
