import { chromium, type Browser } from 'playwright-core';
import { locate } from './services.js';

/** Headless Chromium without any traffic of its own. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = locate('chromium');
  if (executablePath === null) throw new Error('no chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
