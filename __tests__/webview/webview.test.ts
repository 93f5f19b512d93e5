import { build } from 'esbuild';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  createWebViewGate,
  isKiipUrl,
  parseDismissUrl,
  parseKiipUrl,
  type DismissResult,
  type KiipEvent,
  type KiipUrl,
} from 'kiip-s2s/webview';
import ts from 'typescript';
import { parseUrl } from '../../src/check/base-url.js';

const redeemed: DismissResult = { redeemed: true, nativeUrl: null, droppedNativeUrl: false };
const closed: DismissResult = { ...redeemed, redeemed: false };
const going = (nativeUrl: string): DismissResult => ({ ...redeemed, nativeUrl });
const dropped: DismissResult = { ...redeemed, droppedNativeUrl: true };

describe('parseDismissUrl', () => {
  test.each<[string, string, DismissResult]>([
    // as the documents print them
    ['the documents’ redemption', 'kiip://did_dismiss', redeemed],
    ['the documents’ close', 'kiip://did_dismiss?close=true', closed],
    ['the documents’ redirect', 'kiip://did_dismiss?native_url=https://kiip.me', going('https://kiip.me')],
    [
      'the documents’ redirect with a slash',
      'kiip://did_dismiss/?native_url=https://kiip.me',
      going('https://kiip.me'),
    ],
    // scheme, host, slash
    ['a slash', 'kiip://did_dismiss/', redeemed],
    ['any case', 'KIIP://Did_Dismiss/?close=true', closed],
    ['an empty query', 'kiip://did_dismiss?', redeemed],
    ['a fragment', 'kiip://did_dismiss#close=true', redeemed],
    ['a fragment after the query', 'kiip://did_dismiss?close=true#x?y', closed],
    ['whitespace around', ' \u0000kiip://did_dismiss?close=0\n ', closed],
    ['line breaks inside', 'ki\nip://did_\tdismiss?clo\rse=true', closed],
    // close
    ['close without a value', 'kiip://did_dismiss?close', closed],
    ['close with an empty value', 'kiip://did_dismiss?close=', closed],
    ['close=1', 'kiip://did_dismiss?close=1', closed],
    ['close=no', 'kiip://did_dismiss?close=no', closed],
    ['close=false', 'kiip://did_dismiss?close=false', closed],
    ['another case of false', 'kiip://did_dismiss?close=FALSE', closed],
    ['close=0', 'kiip://did_dismiss?close=0', closed],
    ['an escaped value', 'kiip://did_dismiss?close=%66alse', closed],
    ['an escaped name', 'kiip://did_dismiss?%63lose=true', closed],
    ['close twice', 'kiip://did_dismiss?close=false&close=true', closed],
    ['other parameters', 'kiip://did_dismiss?closed=true&xclose=1&&=&a', redeemed],
    ['another case of the name', 'kiip://did_dismiss?CLOSE=true', redeemed],
    [
      'close inside an escaped redirect',
      'kiip://did_dismiss?native_url=https%3A%2F%2Fx.example%2F%3Fclose%3Dtrue',
      going('https://x.example/?close=true'),
    ],
    // native_url
    ['http', 'kiip://did_dismiss?native_url=http%3A%2F%2Fx.example', going('http://x.example')],
    [
      'decoded once',
      'kiip://did_dismiss?native_url=https%3A%2F%2Fx.example%2F%3Fq%3Da%2520b',
      going('https://x.example/?q=a%20b'),
    ],
    [
      'an unescaped & ends it',
      'kiip://did_dismiss?native_url=https://x.example/?a=1&b=2',
      going('https://x.example/?a=1'),
    ],
    [
      'a port and a name',
      'kiip://did_dismiss?native_url=https://u:p@x.example:8443/',
      going('https://u:p@x.example:8443/'),
    ],
    ['a plus', 'kiip://did_dismiss?native_url=https://x.example/a+b%2Bc', going('https://x.example/a+b+c')],
    ['UTF-8', 'kiip://did_dismiss?native_url=https://x.example/%C3%A9', going('https://x.example/é')],
    ['bad escapes', 'kiip://did_dismiss?native_url=https%3A//x.example/%zz%ff%', going('https://x.example/%zz%ff%')],
    [
      'an equals sign and a question mark',
      'kiip://did_dismiss?native_url=https://x.example/?a=b=c',
      going('https://x.example/?a=b=c'),
    ],
    [
      'the first of two redirects',
      'kiip://did_dismiss?native_url=https://a.example&native_url=https://b.example',
      going('https://a.example'),
    ],
    ['url, its other name', 'kiip://did_dismiss?url=https%3A%2F%2Fx.example', going('https://x.example')],
    [
      'both: the document’s name counts',
      'kiip://did_dismiss?url=https://b.example&native_url=https://a.example',
      going('https://a.example'),
    ],
    ['an empty native_url beside url', 'kiip://did_dismiss?native_url=&url=https://b.example', redeemed],
    ['any case of the scheme', 'kiip://did_dismiss?native_url=HTTPS://x.example', going('HTTPS://x.example')],
    ['an empty redirect', 'kiip://did_dismiss?native_url=', redeemed],
    [
      'a redirect of a closed reward',
      'kiip://did_dismiss?close=true&native_url=https://x.example',
      { ...going('https://x.example'), redeemed: false },
    ],
  ])('%s', (_name, url, expected) => expect(parseDismissUrl(url)).toEqual(expected));

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java%0Ascript:alert(1)',
    '%00javascript:alert(1)',
    '%20javascript:alert(1)',
    'intent://scan/#Intent;scheme=zxing;end',
    'file:///etc/passwd',
    'data:text/html,x',
    'blob:https://x.example/1',
    'vbscript:x',
    'about:blank',
    'market://details?id=x',
    'kiip://did_dismiss',
    '//x.example',
    '/path',
    'x.example',
    'https',
    'https:',
    'https://',
    'https:///x',
    'https:x.example',
    'https://%20x.example',
    '%20https://x.example',
    '%09https://x.example',
    '%EF%BB%BFhttps://x.example',
    '%C2%A0https://x.example',
    'https://x.example/%0D%0ALocation:%20y',
    'https%253A//x.example',
    'xhttps://x.example',
    'view-source:https://x.example',
  ])('native_url=%s is dropped, and reported', (target) =>
    expect(parseDismissUrl(`kiip://did_dismiss?native_url=${target.replace('#', '%23')}`)).toEqual(dropped),
  );

  test.each([
    '',
    'kiip',
    'kiip:',
    'kiip://',
    'kiip:did_dismiss',
    'kiip:/did_dismiss',
    'kiip://did_dismissed',
    'kiip://did_dismiss.example',
    'kiip://did_dismiss:80',
    'kiip://x@did_dismiss',
    'kiip://did_dismiss/x',
    'kiip://did_dismiss//',
    'kiip://other?did_dismiss',
    'kiips://did_dismiss',
    'xkiip://did_dismiss',
    'https://did_dismiss?close=true',
    'https://api.kiip.me/?u=kiip://did_dismiss',
    'javascript:kiip://did_dismiss',
    '//did_dismiss',
  ])('%s is no dismissal', (url) => expect(parseDismissUrl(url)).toBeNull());
});

describe('schemes', () => {
  const schemes = ['market:', 'Itms-Apps:'];
  const url = (target: string): string => `kiip://did_dismiss?native_url=${encodeURIComponent(target)}`;

  test.each(['market://details?id=x', 'MARKET:details', 'itms-apps://apps.example/x', 'https://x.example'])(
    '%s may be opened',
    (target) => expect(parseDismissUrl(url(target), { schemes })).toEqual(going(target)),
  );

  test.each([
    'marketing:x',
    'market',
    'xmarket:y',
    ' market:x',
    'market: x',
    'market:\u0000x',
    'market:x\r\ny',
    'intent:market:x',
    'javascript:market:',
    'https:x.example',
  ])('%j is dropped', (target) => expect(parseDismissUrl(url(target), { schemes })).toEqual(dropped));

  test.each([
    'javascript:',
    'JavaScript:',
    'vbscript:',
    'data:',
    'file:',
    'blob:',
    'about:',
    'kiip:',
    'market',
    '',
    ':',
    'a b:',
    7,
  ])('%j is refused as a scheme, whoever is asked', (scheme) => {
    const options = { schemes: ['market:', scheme as string] };
    const message = "schemes must be a list such as ['market:'], without those that run code or read files.";
    expect(() => parseDismissUrl('', options)).toThrow(new TypeError(`parseDismissUrl: ${message}`));
    expect(() => parseKiipUrl('', options)).toThrow(new TypeError(`parseKiipUrl: ${message}`));
    expect(() => createWebViewGate({ onDismiss: () => undefined, ...options })).toThrow(
      new TypeError(`createWebViewGate: ${message}`),
    );
  });

  test('http: and https: may be named too, and change nothing', () => {
    expect(parseDismissUrl(url('https:x'), { schemes: ['https:'] })).toEqual(dropped);
    expect(parseDismissUrl(url('market:x'), { schemes: undefined })).toEqual(dropped);
  });
});

/** 40 URLs, as {@link parseKiipUrl} reads them. */
const READ: readonly (readonly [string, KiipUrl | null])[] = [
  ['kiip://did_dismiss', { kind: 'did_dismiss', ...redeemed }],
  ['kiip://did_dismiss/', { kind: 'did_dismiss', ...redeemed }],
  ['kiip://did_dismiss?close', { kind: 'did_dismiss', ...closed }],
  ['kiip://did_dismiss?close=false', { kind: 'did_dismiss', ...closed }],
  ['KIIP://DID_DISMISS/?close=true', { kind: 'did_dismiss', ...closed }],
  ['kiip://did_dismiss?native_url=https://x.example', { kind: 'did_dismiss', ...going('https://x.example') }],
  ['kiip://did_dismiss?url=https://x.example', { kind: 'did_dismiss', ...going('https://x.example') }],
  ['kiip://did_dismiss?url=market://x', { kind: 'did_dismiss', ...dropped }],
  ['kiip://ready', { kind: 'ready' }],
  ['kiip://ready/', { kind: 'ready' }],
  ['KiiP://Ready?x=1', { kind: 'ready' }],
  ['kiip://ready#x', { kind: 'ready' }],
  ['kiip://share?subject=Hello&text=World', { kind: 'share', subject: 'Hello', text: 'World' }],
  ['kiip://share/?text=a+b%20c', { kind: 'share', subject: null, text: 'a+b c' }],
  ['kiip://share?subject=50%25%20off', { kind: 'share', subject: '50% off', text: null }],
  ['kiip://share?subject=50%2525&text=%zz%ff', { kind: 'share', subject: '50%25', text: '%zz%ff' }],
  ['kiip://share?subject=&text', { kind: 'share', subject: '', text: '' }],
  ['kiip://share?text=%C3%A9&text=second', { kind: 'share', subject: null, text: 'é' }],
  ['kiip://share', { kind: 'share', subject: null, text: null }],
  ['kiip://video?url=https%3A%2F%2Fx.example%2Fy.mp4', { kind: 'video', url: 'https://x.example/y.mp4' }],
  ['kiip://video?url=http://x.example', { kind: 'video', url: 'http://x.example' }],
  ['kiip://video?url=file:///etc/passwd', { kind: 'video', url: null }],
  ['kiip://video?url=javascript:x', { kind: 'video', url: null }],
  ['kiip://video?native_url=https://x.example', { kind: 'video', url: null }],
  ['kiip://video', { kind: 'video', url: null }],
  ['kiip://open_camera', { kind: 'open_camera' }],
  ['kiip://close_camera/?x', { kind: 'close_camera' }],
  [
    'kiip://content?content=coins&quantity=20&transaction_id=t%2F1&signature=ab',
    { kind: 'content', content: 'coins', quantity: '20', transactionId: 't/1', signature: 'ab' },
  ],
  [
    'kiip://content?quantity=20.0&transactionId=x',
    { kind: 'content', content: null, quantity: '20.0', transactionId: null, signature: null },
  ],
  ['kiip://content', { kind: 'content', content: null, quantity: null, transactionId: null, signature: null }],
  ['kiip://unheard_of?x=1', { kind: 'unknown' }],
  ['kiip://did_dismissed', { kind: 'unknown' }],
  ['kiip://did_dismiss/x', { kind: 'unknown' }],
  ['kiip:ready', { kind: 'unknown' }],
  ['kiip:', { kind: 'unknown' }],
  ['kiip://constructor', { kind: 'unknown' }],
  ['kiip://__proto__', { kind: 'unknown' }],
  [' ki\nip://rea\tdy\r\n', { kind: 'ready' }],
  ['https://ready', null],
  ['xkiip://ready', null],
];

test('the table is complete', () => expect(READ).toHaveLength(40));

test.each(READ)('parseKiipUrl(%j)', (url, expected) => expect(parseKiipUrl(url)).toEqual(expected));

test('parseKiipUrl with schemes, and with what is not a string', () => {
  expect(parseKiipUrl('kiip://did_dismiss?url=market://x', { schemes: ['market:'] })).toEqual({
    kind: 'did_dismiss',
    ...going('market://x'),
  });
  for (const value of [undefined, null, 0, {}, ['kiip://ready'], new URL('kiip://ready')])
    expect(parseKiipUrl(value as string)).toBeNull();
});

test.each(READ.filter((_, index) => index % 2 === 1))('the gate with %j', (url, expected) => {
  const dismissals: DismissResult[] = [];
  const events: KiipEvent[] = [];
  const gate = createWebViewGate({
    onDismiss: (result) => dismissals.push(result),
    onEvent: (event) => events.push(event),
  });
  expect(gate({ url })).toBe(expected === null);
  if (expected?.kind === 'did_dismiss') {
    const { redeemed: wasRedeemed, nativeUrl, droppedNativeUrl } = expected;
    expect([dismissals, events]).toEqual([[{ redeemed: wasRedeemed, nativeUrl, droppedNativeUrl }], []]);
  } else expect([dismissals, events]).toEqual([[], expected === null ? [] : [expected]]);
});

describe('isKiipUrl', () => {
  test.each(['kiip:', 'kiip://', 'kiip://did_dismiss', 'KiIp:anything', ' kiip://x', 'k\niip:x'])('%j is ours', (url) =>
    expect(isKiipUrl(url)).toBe(true),
  );
  test.each(['', 'kiip', 'kiips:', 'k iip:', 'https://kiip.me/', 'x-kiip:', 'intent:kiip:'])('%j is not', (url) =>
    expect(isKiipUrl(url)).toBe(false),
  );
});

test('100 000 random strings: nothing throws, and a kiip: URL is what a browser takes for one', () => {
  const piece = fc.constantFrom(
    'kiip',
    ':',
    '//',
    'did_dismiss',
    '/',
    '?',
    '#',
    '&',
    '=',
    'close',
    'native_url',
    'https://x',
    '%',
    '%2',
    '%41',
    '%ff',
    '%00',
    ' ',
    '\n',
    '\t',
    '\u0000',
    '+',
    'é',
    '\ud800',
    'false',
    '0',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 10 }).map((pieces) => `kiip://did_dismiss?${pieces.join('')}`),
  );
  let dismissals = 0;
  fc.assert(
    fc.property(text, (url) => {
      const result = parseDismissUrl(url);
      const ours = isKiipUrl(url);
      const whole = parseKiipUrl(url);
      expect(whole !== null).toBe(ours);
      expect(whole?.kind === 'did_dismiss').toBe(result !== null);
      if (result !== null) {
        dismissals += 1;
        expect(ours).toBe(true);
        if (result.nativeUrl !== null) expect(result.nativeUrl).toMatch(/^https?:\/\/[^\s]/i);
      }
      const parsed = parseUrl(url);
      if (parsed !== null) expect(ours).toBe(parsed.protocol === 'kiip:');
    }),
    { numRuns: 100_000 },
  );
  expect(dismissals).toBeGreaterThan(10_000);
});

test('what is not a string is not ours', () => {
  for (const value of [
    undefined,
    null,
    0,
    1n,
    Symbol('x'),
    {},
    [],
    ['kiip://did_dismiss'],
    () => '',
    new URL('kiip://did_dismiss'),
  ]) {
    expect(parseDismissUrl(value as string)).toBeNull();
    expect(isKiipUrl(value as string)).toBe(false);
  }
});

test('a long hostile URL is read in linear time', () => {
  const started = performance.now();
  for (const filler of [' ', '\n', '%', '%ff', '&', '=', '/', '?', '#', '%20'])
    for (const around of [
      `kiip://did_dismiss?native_url=https://x${filler.repeat(300_000)}y`,
      `${filler.repeat(300_000)}x`,
    ])
      parseDismissUrl(around);
  expect(performance.now() - started).toBeLessThan(5_000);
});

describe('createWebViewGate', () => {
  test('refuses every kiip: URL and tells of dismissals only', () => {
    const results: DismissResult[] = [];
    const gate = createWebViewGate({ onDismiss: (result) => results.push(result) });
    expect(gate({ url: 'https://api.kiip.me/reward/1' })).toBe(true);
    expect(gate({ url: 'about:blank' })).toBe(true);
    expect(gate({ url: 'kiip://something_else' })).toBe(false);
    expect(results).toEqual([]);
    expect(gate({ url: 'kiip://did_dismiss?close=true' })).toBe(false);
    expect(results).toEqual([closed]);
  });

  test('a handler that throws: the answer is still false, and the error is not lost', async () => {
    const { outputFiles } = await build({
      entryPoints: ['src/webview/index.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'webview',
      write: false,
    });
    const code = outputFiles[0]?.text ?? '';
    // Outside jest, which takes unhandled rejections for itself.
    const told = execFileSync(process.execPath, [
      '-e',
      `${code}; process.on('unhandledRejection', ({ message }) => console.log(message));
       console.log(webview.createWebViewGate({ onDismiss() { throw new Error('of the game'); } })({ url: 'kiip://did_dismiss' }));`,
    ]);
    expect(told.toString()).toBe('false\nof the game\n');
  });

  test.each<[unknown, string]>([
    [undefined, 'onDismiss must be a function'],
    [null, 'onDismiss must be a function'],
    [{}, 'onDismiss must be a function'],
    [{ onDismiss: 'close', onEvent: null }, 'onDismiss must be a function; onEvent must be a function'],
    [
      { onDismiss: () => undefined, scheme: ['market:'] },
      '(unknown key) is not a known field: the known ones are onDismiss, onEvent, schemes',
    ],
  ])('%p as options: refused at once, with every problem', (options, message) =>
    expect(() => createWebViewGate(options as never)).toThrow(new TypeError(`createWebViewGate: ${message}.`)),
  );

  test('a page whose scripts extend Object.prototype', () => {
    const prototype = Object.prototype as { extend?: string };
    prototype.extend = 'by an old library';
    try {
      expect(createWebViewGate({ onDismiss: () => undefined })({ url: 'kiip://ready' })).toBe(false);
      expect(parseKiipUrl('kiip://ready')).toEqual({ kind: 'ready' });
      expect(parseDismissUrl('kiip://did_dismiss')?.redeemed).toBe(true);
    } finally {
      delete prototype.extend;
    }
  });

  test('undefined options are left-out ones', () => {
    const gate = createWebViewGate({ onDismiss: () => undefined, onEvent: undefined, schemes: undefined });
    expect(gate({ url: 'kiip://ready' })).toBe(false);
  });

  test('fits React Native’s request, which has more', () => {
    const handler: (event: { url: string; isTopFrame: boolean; navigationType: 'click' | 'other' }) => boolean =
      createWebViewGate({
        onDismiss: () => undefined,
      });
    expect(handler({ url: 'kiip://did_dismiss', isTopFrame: false, navigationType: 'other' })).toBe(false);
  });
});

test('type-checks with ES2020 alone: no DOM, no Node, no URL', () => {
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      lib: ['ES2020'],
      types: [],
      target: 'ES2020',
      module: 'ESNext',
      moduleResolution: 'Bundler',
      noEmit: true,
    },
    process.cwd(),
  );
  const program = ts.createProgram([join('src', 'webview', 'index.ts')], options);
  expect(
    ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  ).toEqual([]);
});

test('runs where there is no URL, no window and no process, and imports nothing', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/webview/index.ts'],
    bundle: true,
    format: 'iife',
    globalName: 'webview',
    minify: true,
    write: false,
    metafile: true,
  });
  expect(Object.keys(metafile.inputs).every((file) => file.startsWith('src/webview/'))).toBe(true);
  const code = outputFiles[0]?.text ?? '';
  const hidden = ['URL', 'URLSearchParams', 'window', 'document', 'process', 'globalThis', 'self', 'Buffer', 'require'];
  const run = new Function(
    ...hidden,
    `${code}; return [webview.parseDismissUrl('kiip://did_dismiss/?native_url=https%3A%2F%2Fkiip.me'), webview.parseKiipUrl('kiip://video?url=https%3A%2F%2Fkiip.me')]`,
  ) as () => unknown;
  expect(run()).toEqual([going('https://kiip.me'), { kind: 'video', url: 'https://kiip.me' }]);
});
