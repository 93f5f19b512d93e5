import { mkdirSync, readFileSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** Waits until everything has slid in, the overlay's shadow roots included: `document.getAnimations()` does not look into them. */
export async function atRest(page: Page): Promise<void> {
  await page.locator('html, dialog, [role=status]').evaluateAll(async (elements) => {
    const all = elements.flatMap((element) => element.getAnimations({ subtree: true }));
    const ending = all.filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/** What axe-core finds in the page and in every frame of it. */
export async function axe(page: Page): Promise<string[]> {
  await atRest(page);
  for (const frame of page.frames()) await frame.evaluate(axeSource);
  const result = (await page.evaluate('axe.run()')) as AxeResult;
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Pictures that CI keeps. */
const SCREENS = 'coverage/screens';

export async function screen(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  await page.screenshot({ path: `${SCREENS}/${name}.png` });
}

export interface Opened {
  readonly page: Page;
  /** What the page complained about: script errors and refusals of its own policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** A page in a fresh context. */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A browser without the app says so at the end of every reward.
    if (message.type() === 'error' && !message.text().includes('kiip://did_dismiss')) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** A browser is slow on a busy machine; nothing here waits for time to pass. */
export const BROWSER_TIMEOUT_MS = 60_000;

/** The focused element's accessible text, inside shadow roots and frames too; empty when nothing has the focus. */
export async function focused(page: Page): Promise<string> {
  for (const frame of [...page.frames()].reverse()) {
    const name = await frame.evaluate(() => {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      if (!document.hasFocus() || active === null || active === document.body || active.tagName === 'IFRAME') return '';
      const label =
        active instanceof HTMLInputElement || active instanceof HTMLSelectElement
          ? active.labels?.[0]?.textContent
          : null;
      return (active.getAttribute('aria-label') ?? label ?? active.textContent ?? '').trim();
    });
    if (name !== '') return name;
  }
  return '';
}
