import { openFirefox, type FirefoxPage } from '../support/firefox.js';
import { describeWith } from '../support/services.js';
import { rewardUrl, type Call } from './game.js';
import { serveSite, type Site } from './pages.js';

jest.setTimeout(60_000);

describeWith('firefox', 'the overlay in Firefox', () => {
  let firefox: FirefoxPage;
  let site: Site;
  beforeAll(async () => {
    [firefox, site] = await Promise.all([openFirefox(), serveSite()]);
  }, 90_000);
  afterAll(async () => {
    await firefox.close();
    site.release();
    await site.close();
  });

  /** Shows a reward and waits until its page can be seen after so many loads. */
  async function show(bodyUrl: string, loads: number, timeout = 30): Promise<void> {
    site.countLoads();
    await firefox.goto(`${site.host}/game?tried=`);
    await firefox.run(
      (url, seconds) => {
        window.calls = [];
        window.shown = window.kiip.showReward({
          bodyUrl: url,
          modal: { timeout: seconds },
          onDismiss: (result) => window.calls.push(['dismiss', result]),
          onClose: () => window.calls.push(['close']),
        });
      },
      bodyUrl,
      timeout,
    );
    for (let asked = 0; asked < loads; asked += site.countLoads()) await pause(20);
    while (await isCovered()) await pause(20);
  }
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const isCovered = (): Promise<boolean> =>
    firefox.run(() => {
      const root = document.body.lastElementChild?.shadowRoot;
      return root?.querySelector<HTMLElement>('.cover')?.hidden === false;
    });
  async function settled(): Promise<Call[]> {
    while ((await firefox.run(() => window.calls.length)) === 0) await pause(20);
    await pause(200);
    return firefox.run(() => window.calls);
  }
  /** Above the heading, where `#go` is put below. */
  const go = (pressedForMs = 0): Promise<void> => firefox.clickInnermost(40, 20, pressedForMs);
  /** A page whose way out fills it. */
  const page = (way: string, says = ''): string =>
    `${rewardUrl(site.other, way, 'kiip://did_dismiss?close=true')}&big=1${says}`;

  const once: Call[] = [['dismiss', { redeemed: null, nativeUrl: null }]];

  test.each(['link', 'location', 'form'])('a quick click on a way out by %s is noticed, once', async (way) => {
    await show(page(way), 1);
    await go();
    expect(await settled()).toEqual(once);
  });

  test('a message is told as it is', async () => {
    await show(page('messageAndLocation'), 1);
    await go();
    expect(await settled()).toEqual([['dismiss', { redeemed: false, nativeUrl: null }]]);
  });

  test.each([
    ['ready on load', '&says=kiip://ready'],
    ['ready after 2 s', '&says=kiip://ready&after=2000'],
    ['did_dismiss on load', '&says=kiip://did_dismiss'],
  ])('%s: stays after one more load, and a later did_dismiss is noticed', async (_, says) => {
    await show(page('link', says), 2);
    await pause(2_500);
    expect(await firefox.run(() => window.calls)).toEqual([]);
    expect(site.countLoads()).toBe(0);
    await go(80); // the policies come back at the press: a press of no time at all can be over before that
    expect(await settled()).toEqual(once);
  });

  test('a page that does not load: a message and a retry', async () => {
    await firefox.goto(`${site.host}/game?tried=`);
    const words = await firefox.run(async (bodyUrl) => {
      const shown = window.kiip.showReward({ bodyUrl, modal: { timeout: 0.5 } });
      const root = document.body.lastElementChild?.shadowRoot;
      while (!root?.querySelector('[role=alert]')) await new Promise((resolve) => setTimeout(resolve, 20));
      const said = root.querySelector('.cover')?.textContent;
      shown.close();
      return said;
    }, 'http://127.0.0.1:9/');
    expect(words).toBe('The reward has not loaded yet.Try again');
  });
});
