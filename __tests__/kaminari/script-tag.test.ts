import { createServer, type Server } from 'node:http';
import { createContext, runInContext, runInNewContext } from 'node:vm';
import type { Browser } from 'playwright-core';
import { KaminariClient, type Subs } from 'kiip-s2s/kaminari';
import { KiipValidationError } from '../../src/errors/index.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/services.js';
import { listen, stop } from './kaminari-server.js';
import { CURL_IMPRESSION } from './samples.js';

const client = new KaminariClient({ kmnrKey: 'KEY/&?', baseUrl: 'http://localhost:1/prefix/' });
afterAll(() => client.close());

const HOSTILE: Subs = {
  sub1: '</script><script>window.injected = 1</script>',
  sub2: '<!-- <script> --> ]]> <![CDATA[',
  sub3: '\u2028\u2029\u0000\r\n\t\\',
  sub4: `"'\`\${window.injected = 2}`,
  sub5: '&lt;/script&gt; &quot; \\u003c/script\\u003e',
  sub6: '\ud83d\ude00 Ünïcode \ud800 \ufeff\u202e',
  sub7: `'};window.injected=3;var x={a:'`,
};

test("the document's script: the same window.kmnr, the same request", () => {
  const kaminari = new KaminariClient({ kmnrKey: 'XXXXXXXX' });
  const html = kaminari.scriptTag(CURL_IMPRESSION);
  const appended: Record<string, unknown>[] = [];
  const made = (): object => ({ setAttribute: (this_: string, value: unknown) => void (attributes[this_] = value) });
  const attributes: Record<string, unknown> = {};
  const window: { kmnr?: unknown } = {};
  const document = {
    createElement: made,
    getElementsByTagName: () => [{ appendChild: (node: Record<string, unknown>) => appended.push(node) }],
  };
  runInNewContext(/^<script>(.*)<\/script>$/s.exec(html)?.[1] ?? 'no script', { window, document });
  expect(JSON.stringify(window.kmnr)).toBe(
    JSON.stringify({ kmnrKey: 'XXXXXXXX', kmnrId: CURL_IMPRESSION.kmnrId, ...CURL_IMPRESSION.subs }),
  );
  expect(appended.map(({ src }) => src)).toEqual(['//kaminari.systems/v1/script.js?kmnrKey=XXXXXXXX']);
  expect(attributes).toEqual({ async: 'true', charset: 'utf-8' });
});

test('nothing but ASCII without <, > and & between the tags, so neither charset nor markup can bend it', () => {
  const html = client.scriptTag({ kmnrId: 'a', subs: HOSTILE });
  const inner = /^<script>(.*)<\/script>$/s.exec(html)?.[1];
  expect(inner).toMatch(/^[\x20-\x7e]+$/);
  expect(inner?.replaceAll('p&&p', '')).not.toMatch(/[<>&]/);
});

test('String.replace puts in the tag as it is', () => {
  const subs: Subs = { sub1: '$&', sub2: '$`', sub3: "$'", sub4: '$1$2', sub5: '$$', sub6: '$<name>' };
  const tag = client.scriptTag({ kmnrId: '$&', subs }, { cnvId: '$$', onResponse: '$told$' });
  expect(tag).not.toContain('$');
  expect('<p>X</p>'.replace('X', tag)).toBe(`<p>${tag}</p>`);
  expect('<p>X</p>'.replace(/(X)/, tag)).toBe(`<p>${tag}</p>`);
  const window: { kmnr?: unknown } = {};
  const document = {
    getElementsByTagName: () => [],
    body: null,
    createElement: () => ({ setAttribute: () => undefined }),
  };
  runInNewContext(/^<script>(.*)<\/script>$/s.exec(tag)?.[1] ?? 'no script', { window, document });
  expect(JSON.parse(JSON.stringify(window.kmnr))).toEqual({ kmnrKey: 'KEY/&?', kmnrId: '$&', ...subs, cnvId: '$$' });
});

/** Runs a tag's script; resolves with its `window.kmnr.onResponse`, in a page with these scripts. */
function readOnResponse(tag: string, ...scripts: string[]): { call(verdict: object): unknown; warned: unknown[] } {
  const warned: unknown[] = [];
  const sandbox: Record<string, unknown> = { console: { warn: (text: unknown) => void warned.push(text) } };
  sandbox['window'] = sandbox;
  sandbox['document'] = {
    getElementsByTagName: () => [],
    body: null,
    createElement: () => ({ setAttribute: () => 0 }),
  };
  const context = createContext(sandbox);
  runInContext(/^<script>(.*)<\/script>$/s.exec(tag)?.[1] ?? 'no script', context);
  for (const script of scripts) runInContext(script, context);
  const { onResponse } = sandbox['kmnr'] as { onResponse(verdict: object): unknown };
  return { call: (verdict) => onResponse(verdict), warned };
}

test.each(['told', '$told', 's', 'p', 'v', '_'])('onResponse: %s is looked up when the verdict comes', (name) => {
  const tag = client.scriptTag({ kmnrId: 'a' }, { onResponse: name });
  const later = readOnResponse(tag);
  expect(later.call({ fraud: 0, block: 0 })).toBeUndefined();
  expect(later.warned).toEqual([`kmnr.onResponse: this page has no function ${name}`]);
  for (const script of [
    `function ${name}(verdict) { return verdict }`,
    `var ${name} = (verdict) => verdict`,
    `const ${name} = (verdict) => verdict`,
  ])
    expect(readOnResponse(tag, script).call({ fraud: 1, block: 0 })).toEqual({ fraud: 1, block: 0 });
});

test('what is wrong is refused', () => {
  for (const onResponse of ['', 'a.b', 'a-b', '1a', 'f()', 'a b', 'alert(1)//', 'class', 'eval', 'ü', '</script>', 7])
    expect(() => client.scriptTag({ kmnrId: 'a' }, { onResponse: onResponse as string })).toThrow(/onResponse must be/);
  for (const cnvId of ['', 'a\nb', 'x'.repeat(201), 7])
    expect(() => client.scriptTag({ kmnrId: 'a' }, { cnvId: cnvId as string })).toThrow(/cnvId must/);
  expect(() => client.scriptTag({ kmnrId: 'a' }, { onresponse: 'told', noce: 'x' } as object)).toThrow(
    /did you mean onResponse.*did you mean nonce/,
  );
  for (const nothing of [undefined, null, 'id', []])
    expect(() => client.scriptTag(nothing as never)).toThrow(KiipValidationError);
  expect(() => client.scriptTag({ kmnrId: '' })).toThrow(KiipValidationError);
  expect(() => client.scriptTag({ kmnrId: 'a', subs: { sub1: 1 } as unknown as Subs })).toThrow(/subs\.sub1/);
  for (const nonce of ['', '"', 'a b', 'x" onload="', '<'])
    expect(() => client.scriptTag({ kmnrId: 'a' }, { nonce })).toThrow(/nonce/);
});

describeWith('chromium', 'in a real browser', () => {
  let browser: Browser;
  let server: Server;
  let url: string;
  let html = '';
  let policy: string | undefined;
  const scripts: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path.includes('script.js')) {
        scripts.push(path);
        response.setHeader('content-type', 'text/javascript');
        return void response.end('window.vendor = JSON.parse(JSON.stringify(window.kmnr)); document.title = "ran";');
      }
      if (path !== '/') return void response.writeHead(404).end();
      if (policy !== undefined) response.setHeader('content-security-policy', policy);
      // No charset on purpose: the script must not depend on it.
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><head>${html}</head><body><p id="after">after</p></body>`);
    });
    url = await listen(server);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await stop(server);
  });

  const visit = async (): Promise<{
    kmnr: unknown;
    vendor: unknown;
    injected: unknown;
    after: string | null;
    count: number;
  }> => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => document.title === 'ran', undefined, { timeout: 10_000 });
    const state = await page.evaluate(() => {
      const globals = window as unknown as Record<string, unknown>;
      const { kmnr, vendor, injected } = globals;
      // As JSON text, since a lone surrogate does not survive the way to this process otherwise.
      return {
        kmnr: JSON.stringify(kmnr),
        vendor: JSON.stringify(vendor),
        injected,
        after: document.querySelector('#after')?.textContent ?? null,
        count: document.scripts.length,
      };
    });
    await page.close();
    return state;
  };

  test('hostile sub-tags: window.kmnr equals the input and nothing is injected', async () => {
    const kaminari = new KaminariClient({ kmnrKey: 'KEY/&?"<', baseUrl: `${url}/prefix/` });
    const kmnrId = `</script>&"'\u2028`;
    html = kaminari.scriptTag({ kmnrId, subs: HOSTILE });
    policy = undefined;
    const seen = await visit();
    const expected = JSON.stringify({ kmnrKey: 'KEY/&?"<', kmnrId, ...HOSTILE });
    expect(seen).toEqual({ kmnr: expected, vendor: expected, injected: undefined, after: 'after', count: 2 });
    expect(scripts).toEqual([`/prefix/v1/script.js?kmnrKey=${encodeURIComponent('KEY/&?"<')}`]);
    await kaminari.close();
  });

  test('under a strict content policy the nonce lets both script elements run', async () => {
    const nonce = 'MTIzNDU2Nzg5MA==';
    const kaminari = new KaminariClient({ kmnrKey: 'k', baseUrl: url });
    policy = `default-src 'none'; script-src 'nonce-${nonce}'`;
    html = kaminari.scriptTag({ kmnrId: 'a' }, { nonce });
    await expect(visit()).resolves.toMatchObject({ kmnr: '{"kmnrKey":"k","kmnrId":"a"}', count: 2 });
    await kaminari.close();
  });
});
