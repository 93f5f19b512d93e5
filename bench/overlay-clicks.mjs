// Counts how often the overlay cannot tell a redemption from a close, when the player clicks at once and the machine is
// busy:
//
//   node bench/overlay-clicks.mjs [clicks] [busy processes]
//
// The reward page is the sandbox's. In one click it posts its last URL and navigates to it, so the message races the
// browser's refusal. docs/web.md says that a page without messages ends with `null`; here, `null` means that the
// message was lost.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { defineBrowserScripts } from '../scripts/browser-scripts.cjs';

const [clicks = 200, busy = 4] = process.argv.slice(2).map(Number);
const PAGES = 2;
const LIMIT = 0.02;

await mkdir('temp', { recursive: true });
const temp = await mkdtemp('temp/overlay-');
const sandboxFile = join(temp, 'sandbox.mjs');
await build({
  entryPoints: ['src/sandbox/index.ts'],
  outfile: sandboxFile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  define: defineBrowserScripts(),
});
const web = await build({
  entryPoints: ['src/web/index.ts'],
  bundle: true,
  format: 'iife',
  globalName: 'kiip',
  write: false,
});
const { startSandbox } = await import(pathToFileURL(sandboxFile).href);
const sandbox = await startSandbox();
const game = createServer((request, response) => {
  const isScript = request.url === '/kiip.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(
    isScript ? web.outputFiles[0].text : '<!doctype html><title>Game</title><script src="/kiip.js"></script>',
  );
});
await new Promise((resolve) => game.listen(0, '127.0.0.1', resolve));

async function rewardUrl() {
  const answer = await fetch(`${sandbox.url}/2.0/server/moment/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      app: { app_key: sandbox.appKey, version: '1' },
      connection: { ip: '54.174.101.1' },
      device: { id: 'device-1', os: 'Android 15', lang: 'en', locale: 'en_US' },
      email_address: 'player@example.org',
      moment: { id: 'level_7' },
      sdk_version: '1.0',
      test: true,
    }),
  });
  return (await answer.json()).view.modal.body_url;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const loads = Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;) Math.sqrt(Math.random());']));
const told = { Close: {}, Redeem: {} };

async function click(page, name) {
  const bodyUrl = await rewardUrl();
  await page.evaluate((url) => {
    globalThis.ended = new Promise((resolve) => {
      globalThis.kiip.showReward({
        bodyUrl: url,
        onDismiss: resolve,
        onClose: () => resolve({ redeemed: 'closed by us' }),
      });
    });
  }, bodyUrl);
  const reward = page.locator('dialog iframe').contentFrame().locator('iframe').contentFrame();
  await reward.getByText(name, { exact: true }).click({ noWaitAfter: true });
  const { redeemed } = await page.evaluate(() => globalThis.ended);
  told[name][redeemed] = (told[name][redeemed] ?? 0) + 1;
}

try {
  const work = Array.from({ length: clicks }, (_, index) => (index % 2 === 0 ? 'Close' : 'Redeem'));
  await Promise.all(
    Array.from({ length: PAGES }, async () => {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(`http://localhost:${game.address().port}/`);
      for (let name = work.pop(); name !== undefined; name = work.pop()) await click(page, name);
    }),
  );
} finally {
  for (const child of loads) child.kill();
  await browser.close();
  await sandbox.close();
  game.close();
  await rm(temp, { recursive: true, force: true });
}
const unknown = (told.Close.null ?? 0) + (told.Redeem.null ?? 0);
console.log(`${clicks} clicks at once beside ${busy} busy processes, redeemed:`, told, `null: ${unknown}`);
if (unknown > clicks * LIMIT) process.exitCode = 1;
