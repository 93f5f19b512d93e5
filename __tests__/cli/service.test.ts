import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Pool } from 'pg';
import { createCallbackReceiver, memoryLedger, signCallback, verifyCallback, type Ledger } from 'kiip-s2s/callbacks';
import { postgresLedger } from 'kiip-s2s/postgres';
import { redisLedger } from 'kiip-s2s/redis';
import { startSandbox } from 'kiip-s2s/sandbox';
import { createClient } from 'redis';
import { describeWith, startPostgres, startRedis } from '../support/services.js';
import { CommandLine, finished, jsonOf, saysOn } from './command-line.js';
import { moment, MOMENT_PATH, post, rewardOf } from '../sandbox/support.js';

let cli: CommandLine;
let game: Server;
const received: string[] = [];
beforeAll(async () => {
  cli = await CommandLine.build();
  game = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => (received.push(body), response.end('{"status":"processed"}')));
  });
  await new Promise<void>((resolve) => game.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  game.close();
  cli.remove();
});
const gameUrl = (): string => `http://127.0.0.1:${(game.address() as AddressInfo).port}/kiip/callback`;

describe('sandbox as a service', () => {
  test('names, key, secret and state come as arguments, and what it prints can be pasted', async () => {
    const state = join(cli.folder, 'state');
    const secret = "it's a $ecret";
    const args = ['sandbox', '--allowed-host', 'sandbox', '--allowed-host', 'kiip', '--public-url', 'http://kiip:8301'];
    const own = [
      '--app-key',
      'the key',
      '--app-secret',
      secret,
      '--state',
      state,
      '--callback-url',
      'http://backend:3000/cb',
    ];
    const child = cli.start([...args, ...own, '--allow-insecure-callback', '--reward-name', 'Gems']);
    const end = finished(child);
    const said = await saysOn(child, 'Inspector: ');
    const shown = /(KIIP_BASE_URL=[\s\S]*)Inspector/.exec(said)?.[1] ?? '';
    const shell = spawnSync('sh', [
      '-c',
      `${shown}\nprintf '%s|' "$KIIP_APP_KEY" "$KIIP_APP_SECRET"; echo $KIIP_BASE_URL`,
    ]);
    const [key, pasted, url = ''] = shell.stdout.toString().trim().split('|');
    expect([key, pasted]).toEqual(['the key', secret]);
    const app = { app: { app_key: 'the key', version: '1' } };
    const { text } = await post(url + MOMENT_PATH, moment(app), { host: 'sandbox:8301' });
    expect(text).toContain('"body_url":"http://kiip:8301/reward/');
    expect(text).toContain('"reward_name":"Gems"');
    expect((await post(url + MOMENT_PATH, moment(), { host: 'kiip' })).status).toBe(401);
    expect((await post(url + MOMENT_PATH, moment(app), { host: 'other' })).status).toBe(403);
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
    expect(readFileSync(state, 'utf8')).toContain('"kind":"reward"');
  });

  test('plain http: to another host has to be asked for', async () => {
    const { code, stderr } = await cli.run(['sandbox', '--callback-url', 'http://backend:3000/cb']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('loopback host')]);
  });

  // npm's own children outlive it when it is killed; only Linux tells whose children they were.
  (existsSync('/proc/self/stat') ? test : test.skip)('stops when the npx that started it is killed', async () => {
    const folder = join(cli.folder, 'project');
    const bin = join(folder, 'node_modules', '.bin', 'kiip-s2s');
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name":"a-game","version":"1.0.0"}');
    writeFileSync(bin, `#!/usr/bin/env node\nrequire(${JSON.stringify(cli.file)});\n`, { mode: 0o755 });
    const npx = spawn('npx', ['--no-install', 'kiip-s2s', 'sandbox'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    npx.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    while (!said.includes('Inspector: ')) await once(npx.stdout, 'data');
    const url = /KIIP_BASE_URL=(\S+)/.exec(said)?.[1] ?? '';
    expect((await fetch(url)).status).toBe(200);
    npx.kill('SIGKILL');
    const isUp = (): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    while (await isUp()) await new Promise((resolve) => setTimeout(resolve, 100));
  });
});

describe('replay', () => {
  test.each(['<html>', '{"deliveries": []}'])(
    'a server that is no sandbox, and answers %s, is said to be none',
    async (body) => {
      const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { code, stderr } = await cli.run(['replay', '1', '--to', 'https://127.0.0.1:1/', '--sandbox', url]);
      server.close();
      expect([code, stderr]).toEqual([2, expect.stringContaining('No sandbox answers')]);
    },
  );

  test('sends the bytes of a recorded delivery to another endpoint, out of a sandbox or a state file', async () => {
    const stateFile = join(cli.folder, 'replay-state');
    const sandbox = await startSandbox({ callbackUrl: gameUrl(), stateFile });
    const first = await sandbox.redeem(await rewardOf(sandbox), { quantity: '20.0' });
    received.length = 0;
    const live = await cli.run(['replay', '1', '--to', gameUrl()], { env: { KIIP_BASE_URL: sandbox.url } });
    expect(live).toMatchObject({ code: 0, stderr: '' });
    expect(live.stdout).toMatch(/^redemption 1 delivered: 200, 1 attempt\nanswer: \{"status":"processed"\}\n$/);
    await sandbox.close();
    const json = await cli.run(['replay', '1', '--to', gameUrl(), '--state', stateFile, '--json']);
    expect(jsonOf(json)).toMatchObject({ ok: true, id: 1, type: 'redemption', status: 200 });
    expect(received).toEqual([first.body, first.body]);
    expect(verifyCallback(received[0] ?? '', { secret: sandbox.appSecret })).toMatchObject({ quantityText: '20.0' });
  });

  test.each([
    [['replay', '1', '--to', 'http://game.example/cb'], '--allow-insecure'],
    [['replay', '1', '--to', 'https://127.0.0.1:1/'], 'Say where the delivery was recorded'],
    [['replay', '1', '--to', 'https://127.0.0.1:1/', '--sandbox', 'http://127.0.0.1:1'], 'No sandbox answers'],
    [['replay', '1', '--to', 'https://127.0.0.1:1/', '--state', 'no-such-file'], 'cannot be read'],
    [['replay', '1'], "required option '--to <url>'"],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await cli.run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

test('sign --body form | curl --data-binary @- verifies', async () => {
  const secret = 'secret-of-the-sandbox';
  const credits: string[] = [];
  const receiver = createCallbackReceiver({
    secret,
    ledger: memoryLedger(),
    onRedemption: ({ transactionId }) => void credits.push(transactionId),
  });
  const fields = ['--transaction-id', 'r1', '--content', 'c', '--name', 'Coins', '--quantity', '20', '--user-id', 'p7'];
  const { stdout } = await cli.run(['sign', ...fields, '--body', 'form'], { env: { KIIP_APP_SECRET: secret } });
  expect(stdout).toMatch(/signature=[0-9a-f]{40}$/);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(await receiver.handle({ method: 'POST', headers, rawBody: stdout })).toMatchObject({ status: 200 });
  expect(credits).toEqual(['r1']);
  await receiver.close();
});

describe('ledger', () => {
  test.each([
    [{}, 'set DATABASE_URL'],
    [{ DATABASE_URL: 'mysql://db/game' }, 'not a postgres: URL'],
  ])('%j names no ledger: wrong usage', async (env, message) => {
    const { code, stderr } = await cli.run(['ledger', 'r1'], { env: { DATABASE_URL: '', REDIS_URL: '', ...env } });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

const SECRET = 'secret-of-the-game';

/** Lets a ledger process the redemption of `reward-7`. */
async function process7(ledger: Ledger<unknown>): Promise<void> {
  const receiver = createCallbackReceiver({ secret: SECRET, ledger, onRedemption: () => undefined });
  const common = { content: 'c', name: 'n', quantity: 20 };
  const signature = signCallback({ ...common, transactionId: 'reward-7', userId: 'u' }, SECRET);
  const rawBody = JSON.stringify({ ...common, transaction_id: 'reward-7', user_id: 'u', signature });
  const headers = { 'content-type': 'application/json' };
  expect(await receiver.handle({ method: 'POST', headers, rawBody })).toMatchObject({ status: 200 });
  await receiver.close();
}

/** `ledger` on the command line, for what was processed and for what was not. */
async function expectLookups(kind: string, env: Record<string, string>, options: readonly string[]): Promise<void> {
  const found = await cli.run(['ledger', 'reward-7', ...options], { env });
  expect(found).toMatchObject({ code: 0, stderr: '' });
  expect(found.stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}redemption\n$/);
  const none = await cli.run(['ledger', 'reward-8', ...options, '--json'], { env });
  expect([none.code, jsonOf(none)]).toEqual([1, { ok: false, ledger: kind, transactionId: 'reward-8', entries: [] }]);
}

describeWith(['redis', 'postgres'], 'ledger, where it lives', () => {
  test('in Redis: what was processed and when, and what was not', async () => {
    const service = await startRedis();
    try {
      const client = createClient({ url: service.url });
      await client.connect();
      await process7(redisLedger(client, { prefix: 'cli:' }));
      client.destroy();
      await expectLookups('redis', { REDIS_URL: service.url, DATABASE_URL: '' }, ['--prefix', 'cli:']);
    } finally {
      await service.stop();
    }
  });

  test('in PostgreSQL', async () => {
    const service = await startPostgres();
    try {
      const pool = new Pool({ connectionString: service.url });
      const ledger = postgresLedger(pool, { table: 'callbacks' });
      await ledger.migrate();
      await process7(ledger);
      await pool.end();
      await expectLookups('postgres', { DATABASE_URL: service.url, REDIS_URL: '' }, ['--table', 'callbacks']);
    } finally {
      await service.stop();
    }
  });
});
