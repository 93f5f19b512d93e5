import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { defineBrowserScripts } from '../../scripts/browser-scripts.cjs';
import { startSandbox, type SandboxOptions } from 'kiip-s2s/sandbox';
import { Newest } from '../../src/sandbox/newest.js';
import { Recorder } from '../../src/sandbox/recorder.js';
import { askMoment, closeAll, moment, MOMENT_PATH, post, sandboxWith } from './support.js';

afterEach(closeAll);

test('all wrong options are named at once', async () => {
  const wrong = {
    port: -1,
    host: '',
    appKey: '',
    fillRate: 2,
    seed: 0.5,
    keep: 0,
    callbackUrl: 'http://game.example/',
    apiKey: 'x',
    allowedHosts: [1],
  };
  const failure = startSandbox(wrong as unknown as SandboxOptions);
  await expect(failure).rejects.toMatchObject({ code: 'config' });
  const { issues } = (await failure.catch((error: unknown) => error)) as { issues: { path: string }[] };
  expect(issues.map(({ path }) => path).sort()).toEqual(Object.keys(wrong).sort());
});

test.each([
  ['https://game.example/callback', true],
  ['http://localhost:3000/callback', true],
  ['http://127.0.0.9/callback', true],
  ['http://[::1]:3000/callback', true],
  ['http://game.example/callback', false],
  ['http://localhost.game.example/', false],
  ['http://10.0.0.1/', false],
  ['https://user:secret@game.example/', false],
  ['ftp://localhost/', false],
  ['callback', false],
])('callbackUrl %s: %p', async (callbackUrl, isFine) => {
  const started = sandboxWith({ callbackUrl });
  if (isFine) await started;
  else {
    await expect(started).rejects.toMatchObject({ code: 'config', issues: [{ path: 'callbackUrl' }] });
    await expect(started).rejects.not.toMatchObject({ message: expect.stringContaining('secret') as unknown });
  }
});

test('a port in use is told', async () => {
  const first = await sandboxWith();
  const port = Number(new URL(first.url).port);
  await expect(startSandbox({ port })).rejects.toMatchObject({
    code: 'config',
    message: expect.stringContaining('EADDRINUSE') as unknown,
  });
});

test('a given port is used, close() frees it with idle connections open, and can be called twice', async () => {
  const first = await sandboxWith();
  const port = Number(new URL(first.url).port);
  const kept = await fetch(first.url + MOMENT_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(moment()),
  });
  await kept.text();
  await Promise.all([first.close(), first.close()]);
  const second = await sandboxWith({ port });
  expect(second.url).toBe(first.url);
});

test('secrets are random unless given, and nothing shows when a sandbox is printed', async () => {
  const [first, second] = [await sandboxWith(), await sandboxWith({ appSecret: 'geheim-1', appKey: 'key-1' })];
  expect(first.appSecret).toMatch(/^[0-9a-f]{32}$/);
  expect([second.appSecret, second.appKey]).toEqual(['geheim-1', 'key-1']);
  await askMoment(second, { app: { app_key: 'key-1', version: '1' } });
  const printed = inspect(second, { depth: 20, showHidden: true }) + JSON.stringify(second);
  for (const secret of ['geheim-1', 'key-1', 'johndoe', '54.174.101.1', '45e3-1d'])
    expect(printed).not.toContain(secret);
});

test('requests and rewards are bounded, newest last; dropped rewards are gone', async () => {
  const sandbox = await sandboxWith({ keep: 3, callbackUrl: 'http://127.0.0.1:1/' });
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) ids.push((await askMoment(sandbox)).view?.id ?? '');
  expect(sandbox.requests.map(({ id }) => id)).toEqual([8, 9, 10]);
  expect(sandbox.rewards.map(({ id }) => id)).toEqual(ids.slice(-3));
  await expect(sandbox.redeem(ids[0] ?? '')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('keep') as unknown,
  });
});

test('Newest keeps the order over many rounds and tells what it drops', () => {
  const dropped: number[] = [];
  const newest = new Newest<number>(3, (item) => dropped.push(item));
  for (let n = 1; n <= 20; n += 1) newest.add(n);
  expect(newest.toArray()).toEqual([18, 19, 20]);
  expect(dropped).toEqual(Array.from({ length: 17 }, (_, n) => n + 1));
  for (let n = 0; n < 5; n += 1) newest.dropOldest();
  expect([newest.size, newest.toArray()]).toEqual([0, []]);
});

test('large bodies shorten the record', () => {
  const recorder = new Recorder(1_000);
  const entry = {
    kind: 'moment',
    method: 'POST',
    path: '/',
    query: '',
    headers: {},
    body: null,
    verdict: '',
    status: 200,
    answer: '',
    at: new Date(),
    advice: [],
  } as const;
  for (let n = 0; n < 100; n += 1) recorder.request(entry, 1_000_000);
  expect(recorder.requests.size).toBe(33);
  expect(recorder.requests.toArray().at(-1)?.id).toBe(100);
  recorder.request(entry, 50_000_000);
  expect(recorder.requests.toArray().map(({ id }) => id)).toEqual([101]);
});

test('a listener that throws breaks nothing and is warned about once', async () => {
  const sandbox = await sandboxWith();
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  let calls = 0;
  sandbox.subscribe(() => {
    calls += 1;
    throw new TypeError('mine');
  });
  expect((await post(sandbox.url + MOMENT_PATH, moment())).status).toBe(200);
  expect(calls).toBe(2);
  expect(warn.mock.calls).toEqual([
    [
      'A listener given to sandbox.subscribe() threw TypeError. The sandbox goes on; fix the listener.',
      { type: 'KiipWarning', code: 'KIIP_SANDBOX_LISTENER' },
    ],
  ]);
  warn.mockRestore();
});

test('a process exits by itself after close()', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-sandbox-'));
  const outfile = join(folder, 'child.cjs');
  const contents = `
    import { startSandbox } from './src/sandbox/index.ts';
    async function main() {
      const sandbox = await startSandbox({ callbackUrl: 'http://127.0.0.1:1/' });
      const post = (path, body) => fetch(sandbox.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      await (await post('/v2/ping', { kmnrId: 'a', kmnrKey: 'k' })).text();
      const answer = await (await post('/2.0/server/moment/', ${JSON.stringify(moment())})).json();
      sandbox.failNext({ kind: 'delay', ms: 60000 });
      const pending = post('/2.0/server/moment/', {}).catch(() => {});
      const delivery = sandbox.redeem(answer.view.id);
      await sandbox.close();
      await Promise.all([pending, delivery]);
      console.log('closed');
    }
    main();`;
  try {
    await build({
      stdin: { contents, resolveDir: process.cwd(), loader: 'js' },
      bundle: true,
      platform: 'node',
      define: defineBrowserScripts(),
      outfile,
      logLevel: 'error',
    });
    const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    expect([code, output]).toEqual([0, 'closed\n']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
