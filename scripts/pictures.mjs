// Makes docs/pictures: one picture of each screen, taken in a real Chromium from the sources. Run it after a change to
// a page.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { defineBrowserScripts } from './browser-scripts.cjs';

const FOLDER = 'docs/pictures';
const MOST_BYTES = 150_000;
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const GAME = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A game</title>
<style>html{height:100%}body{margin:0;height:100%;overflow:hidden;font:600 1.25rem system-ui,sans-serif;color:#fff;background:#2a6f8f}
main{position:absolute;inset:0}h1{position:absolute;top:18%;width:100%;margin:0;text-align:center;font-size:2.5rem}p{position:absolute;top:32%;width:100%;margin:0;text-align:center}
svg{position:absolute;bottom:0;width:100%;height:60%}</style>
<main><h1>Level 7 complete</h1><p>Score 12 480</p><svg viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true"><path fill="#22587a" d="M0 40V18l14-8 12 9 15-14 18 13 14-8 14 9 13-7v28z"/><path fill="#1a4560" d="M0 40V30l20-8 22 9 20-7 20 8 18-6v14z"/></svg></main>
<script src="/kiip.js"></script></html>`;

const CONTEXT = {
  device: {
    id: '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b',
    os: 'Android 15',
    lang: 'en',
    locale: 'en_US',
    manufacturer: 'google',
    model: 'pixel_9',
    resolution: '1080x2424',
  },
  connection: { ip: '54.174.101.1', type: 'WIFI' },
  location: { lat: 39.0437192, lng: -77.4874899, accuracy: 10 },
  user: { userId: 'player-7' },
  emailAddress: 'player@example.org',
};

await mkdir('temp', { recursive: true });
const temp = await mkdtemp('temp/pictures-');
const bundle = (options) => build({ bundle: true, logLevel: 'warning', ...options });
await bundle({
  entryPoints: {
    kiip: 'src/index.ts',
    sandbox: 'src/sandbox/index.ts',
    callbacks: 'src/callbacks/index.ts',
    node: 'src/adapters/node.ts',
  },
  outdir: temp,
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  format: 'esm',
  splitting: true,
  packages: 'external',
  define: defineBrowserScripts(),
});
const web = await bundle({ entryPoints: ['src/web/index.ts'], format: 'iife', globalName: 'kiip', write: false });
const load = (name) => import(pathToFileURL(join(temp, `${name}.mjs`)).href);
const [{ KiipClient }, { startSandbox }, { createCallbackReceiver }, { callbackListener }] = await Promise.all(
  ['kiip', 'sandbox', 'callbacks', 'node'].map(load),
);

const appSecret = 'a secret for pictures';
const receiver = createCallbackReceiver({ secret: appSecret, onRedemption: () => {}, onIssuance: () => {} });
const credit = callbackListener(receiver);
const game = createServer((request, response) => {
  if (request.url === '/callback') return void credit(request, response);
  const isScript = request.url === '/kiip.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(isScript ? web.outputFiles[0].text : GAME);
});
await new Promise((resolve) => game.listen(0, '127.0.0.1', resolve));
const gameUrl = `http://localhost:${game.address().port}`;
const sandbox = await startSandbox({ appSecret, callbackUrl: `${gameUrl}/callback` });
const client = new KiipClient({
  appKey: sandbox.appKey,
  appVersion: '1.0',
  test: true,
  baseUrl: sandbox.url,
  retry: false,
});
const executablePath = (
  await Promise.all(
    PROGRAMS.map((file) =>
      stat(file).then(
        () => file,
        () => null,
      ),
    ),
  )
).find((file) => file !== null);
if (executablePath === undefined) throw new Error(`There is no Chromium here; looked for ${PROGRAMS.join(', ')}.`);
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-lcd-text', '--disable-background-networking'],
});

const SIZES = {
  desktop: { width: 960, height: 640 },
  wide: { width: 1120, height: 860 },
  page: { width: 520, height: 720 },
  phone: { width: 390, height: 780 },
};

/** Opens `url`, lets `prepare` bring it into the state to show, and takes the picture. */
async function picture(name, { size, colorScheme = 'light', url, prepare }) {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  await page.goto(url);
  await prepare(page);
  const path = `${FOLDER}/${name}.png`;
  await page.screenshot({ path });
  await context.close();
  const { size: bytes } = await stat(path);
  console.log(`${path}: ${bytes} bytes`);
  if (bytes > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes.`);
}

const rewardOf = async (momentId) => (await client.moment(momentId, CONTEXT)).reward;
const show = (page, reward, notification) =>
  page.evaluate((options) => void globalThis.kiip.showReward(options), {
    bodyUrl: reward.bodyUrl.href,
    ...(notification && { notification: reward.notification }),
  });
const framed = (page) =>
  page
    .locator('dialog iframe')
    .contentFrame()
    .locator('iframe')
    .contentFrame()
    .getByRole('button', { name: 'Redeem' })
    .waitFor();

try {
  await mkdir(FOLDER, { recursive: true });
  const reward = await rewardOf('level_7');
  const withToast = async (page) => {
    await show(page, reward, true);
    await page.getByRole('status').locator('img').waitFor();
  };
  const withDialog = async (page) => {
    await show(page, reward, false);
    await framed(page);
  };
  await picture('toast', { size: 'desktop', url: gameUrl, prepare: withToast });
  await picture('dialog', { size: 'desktop', url: gameUrl, prepare: withDialog });
  await picture('dialog-phone', { size: 'phone', colorScheme: 'dark', url: gameUrl, prepare: withDialog });
  const loaded = (page) => page.getByRole('button', { name: 'Redeem' }).waitFor();
  for (const colorScheme of ['light', 'dark']) {
    await picture(`reward-${colorScheme}`, { size: 'page', colorScheme, url: reward.bodyUrl.href, prepare: loaded });
  }

  await client.startSession(CONTEXT);
  await client.moment('boss_defeated', CONTEXT);
  sandbox.failNext({ kind: 'status', status: 503, retryAfter: '2' });
  await client.startSession(CONTEXT).catch(() => undefined);
  await sandbox.redeem(reward.id);
  await sandbox.issue(reward.id, { origin: 'survey' });
  const { device, ...rest } = CONTEXT;
  const lessOfDevice = { ...device, model: undefined };
  await client.moment('daily_login', { ...rest, device: lessOfDevice, location: undefined });
  const impression = { kmnrId: '0f8fad5bd9cb469fa16570867728950e', kmnrKey: 'XXXXXXXX' };
  for (const path of ['/v2/ping', '/v1/collect']) {
    const headers = {
      'content-type': 'application/json',
      'x-original-ip': '54.174.101.1',
      'x-forwarded-for': '54.174.101.1',
    };
    await fetch(sandbox.url + path, { method: 'POST', headers, body: JSON.stringify(impression) });
  }
  sandbox.failNext({ kind: 'delay', ms: 2000 }, 3);
  const opened = async (page) => {
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: /Moment daily_login/ }).click();
    await page.getByRole('heading', { name: 'Advice' }).waitFor();
    await page.mouse.move(0, 0);
  };
  for (const colorScheme of ['light', 'dark'])
    await picture(`inspector-${colorScheme}`, { size: 'wide', colorScheme, url: sandbox.url, prepare: opened });
  await picture('inspector-phone', {
    size: 'phone',
    url: sandbox.url,
    prepare: (page) => page.getByText('Live', { exact: true }).waitFor(),
  });
} finally {
  await browser.close();
  await client.close();
  await sandbox.close();
  await receiver.close();
  game.close();
  await rm(temp, { recursive: true, force: true });
}
