import type { Page } from 'playwright-core';
import { startSandbox, type Delivery, type Sandbox } from 'kiip-s2s/sandbox';
import { HeldRewards, type HeldReward } from '../../examples/held-reward/held-rewards.js';
import { Example, SECRET } from '../examples/example.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith, freePort } from '../support/services.js';

const KEY = 'XXXXXXXX';
const BROWSER_TIMEOUT_MS = 90_000;
jest.setTimeout(BROWSER_TIMEOUT_MS);

describe('the pattern', () => {
  const reward = (transactionId: string): HeldReward => ({
    transactionId,
    userId: 'ann',
    quantity: 20,
    kmnrId: 'view-1',
    cnvId: 'cnv-1',
  });

  test('a verdict that comes while the reward is being put on hold is not missed', async () => {
    const ended: string[] = [];
    let answer: (verdict: 'clean' | null) => void = () => undefined;
    const held = new HeldRewards({
      holdMs: 60_000,
      verdictFor: () => new Promise((resolve) => (answer = resolve)),
      credit: ({ transactionId }) => void ended.push(`credited ${transactionId}`),
      refuse: () => undefined,
    });
    const holding = held.hold(reward('t1'));
    const first = answer;
    const settling = held.settle('view-1');
    answer('clean');
    await settling;
    first(null);
    await holding;
    expect(ended).toEqual(['credited t1']);
    expect(held.count('ann')).toBe(0);
  });

  test.each([
    ['clean', ['credited t1']],
    ['fraudulent', ['refused t1']],
    ['unverified', []],
    [null, []],
  ] as const)('%s, there already: %j', async (verdict, expected) => {
    const ended: string[] = [];
    const held = new HeldRewards({
      // Short: a timer must not outlive the test.
      holdMs: 300,
      verdictFor: async () => verdict,
      credit: ({ transactionId }) => void ended.push(`credited ${transactionId}`),
      refuse: ({ transactionId }) => void ended.push(`refused ${transactionId}`),
    });
    await held.hold(reward('t1'));
    await held.settle('another view');
    expect(ended).toEqual(expected);
    expect(held.count('ann')).toBe(1 - expected.length);
  });

  test('without a verdict the deadline credits, once', async () => {
    let credited = 0;
    await new Promise<void>((resolve) => {
      const held = new HeldRewards({
        holdMs: 20,
        verdictFor: async () => 'unverified',
        credit: () => {
          credited += 1;
          resolve();
        },
        refuse: () => undefined,
      });
      void held.hold(reward('t1'));
    });
    expect(credited).toBe(1);
  });
});

describeWith('chromium', "Kaminari's pages, end to end", () => {
  let sandbox: Sandbox;
  let example: Example;
  let url: string;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let page: Page | undefined;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    sandbox = await startSandbox({ appSecret: SECRET, callbackUrl: `${url}/kiip/callback` });
    example = await Example.start('held-reward/server.ts', {
      KIIP_APP_KEY: sandbox.appKey,
      KIIP_APP_SECRET: SECRET,
      KIIP_BASE_URL: sandbox.url,
      KAMINARI_KEY: KEY,
      KAMINARI_BASE_URL: sandbox.url,
      PING_BACK_PATH: 'hidden',
      PORT: String(port),
    });
    await example.port();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    expect(await example.end('SIGTERM')).toBe(0);
    await sandbox.close();
  });

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const pingBack = async (kmnrId: string, fraud: number): Promise<number> => {
    const body = JSON.stringify({ kmnrId, kmnrKey: KEY, fraud, block: 0, sub1: 5, sub8: '' });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${url}/kaminari/hidden`, { method: 'POST', headers, body })).status;
  };
  const readCoins = async (player: string): Promise<unknown> => (await fetch(`${url}/coins?player=${player}`)).json();
  const view = async (player: string): Promise<[page: Page, kmnrId: string]> => {
    // A page of its own: the one before may still be on its way to kiip://did_dismiss.
    await page?.close();
    page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${url}/?player=${player}&campaign=spring`);
    return [page, (await page.textContent('#view')) ?? ''];
  };
  /** Finishes the level and redeems the reward on its own page; resolves with what the platform sent. */
  const redeem = async (shown: Page): Promise<Delivery> => {
    const delivery = new Promise<Delivery>((resolve) => {
      const end = sandbox.subscribe((event) => {
        if (event.type !== 'delivery') return;
        end();
        resolve(event.delivery);
      });
    });
    await shown.getByRole('button', { name: 'Finish the level' }).click();
    await shown.getByRole('button', { name: 'Redeem' }).click({ noWaitAfter: true });
    return delivery;
  };

  test('ping, script, verdict in the page, redemption held, released by the ping-back, conversion', async () => {
    const [shown, kmnrId] = await view('ann');
    await shown.getByText('verdict clean').waitFor();
    await until(() => sandbox.kaminari.statistics().length === 1);
    expect(sandbox.kaminari.statistics()).toMatchObject([
      {
        kmnrId,
        kmnrKey: KEY,
        status: 'paired',
        ping: { sub1: 'spring' },
        browser: { sub1: 'spring', cnvId: 'cnv-ann-1' },
      },
    ]);

    expect(await redeem(shown)).toMatchObject({ status: 200 });
    expect(await readCoins('ann')).toEqual({ coins: 0, held: 1 });
    expect(await pingBack('another-view', 0)).toBe(200);
    expect(await pingBack(kmnrId, -1)).toBe(200);
    expect(await readCoins('ann')).toEqual({ coins: 0, held: 1 });
    expect(sandbox.kaminari.conversions()).toEqual([]);

    for (let i = 0; i < 2; i++) expect(await pingBack(kmnrId, 0)).toBe(200);
    expect(await readCoins('ann')).toEqual({ coins: 20, held: 0 });
    await until(() => sandbox.kaminari.conversions().length > 0);
    const [reward] = sandbox.rewards;
    expect(sandbox.kaminari.conversions()).toMatchObject([
      { kmnrKey: KEY, cnvId: 'cnv-ann-1', status: 'l1', kmnrId, rewardId: reward?.id },
    ]);
  });

  test('a verdict that is there already credits at once; a fraudulent one refuses, and the page is told', async () => {
    const [ofBob, clean] = await view('bob');
    expect(await pingBack(clean, 0)).toBe(200);
    expect(await redeem(ofBob)).toMatchObject({ status: 200 });
    expect(await readCoins('bob')).toEqual({ coins: 20, held: 0 });

    sandbox.kaminari.answerVerdict({ fraud: 1, block: 0 });
    const [ofEve, fraudulent] = await view('eve');
    await ofEve.getByText('verdict suspicious').waitFor();
    expect(await redeem(ofEve)).toMatchObject({ status: 200 });
    expect(await readCoins('eve')).toEqual({ coins: 0, held: 1 });
    expect(await pingBack(fraudulent, 1)).toBe(200);
    expect(await readCoins('eve')).toEqual({ coins: 0, held: 0 });
    expect(example.output).toContain('refused');
  });
});
