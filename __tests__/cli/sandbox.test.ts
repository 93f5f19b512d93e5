import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KiipClient } from 'kiip-s2s';
import { verifyCallback } from 'kiip-s2s/callbacks';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { freePort } from '../support/services.js';
import { CONTEXT, SECRETS } from '../support/context.js';
import { CommandLine, finished, saysOn } from './command-line.js';

let cli: CommandLine;
beforeAll(async () => {
  cli = await CommandLine.build();
});
afterAll(() => cli.remove());

const eventsIn = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('--json: one line for each event, pairings as they happen, nothing of the player', async () => {
  const callbacks: string[] = [];
  const game = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      callbacks.push(body);
      response.end('{"note":"answers of the game are its own"}');
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => game.listen(port, '127.0.0.1', resolve));
  const child = cli.start(['sandbox', '--json', '--callback-url', `http://127.0.0.1:${port}/callback`]);
  const end = finished(child);
  const [started] = eventsIn(await saysOn(child, '\n'));
  const { url, appKey, appSecret } = started as { url: string; appKey: string; appSecret: string };
  expect(started).toEqual({
    event: 'started',
    url: expect.stringMatching(/^http:/),
    inspector: `${url}/`,
    appKey,
    appSecret,
  });

  const delivered = saysOn(child, '"event":"delivery"');
  const client = new KiipClient({ appKey, appVersion: '1', test: true, baseUrl: url });
  const outcome = await client.moment('level-1', CONTEXT);
  await client.close();
  if (!outcome.rewarded) throw new Error('no reward');
  await fetch(`${url}${new URL(outcome.reward.bodyUrl.href).pathname}/redeem`, { method: 'POST', redirect: 'manual' });
  await delivered;
  expect(verifyCallback(callbacks[0] ?? '', { secret: appSecret })).toMatchObject({
    type: 'redemption',
    userId: SECRETS.userId,
  });

  const paired = saysOn(child, '"status":"paired"');
  const kaminari = new KaminariClient({ kmnrKey: 'key', baseUrl: url });
  const visitor = {
    ip: SECRETS.ip,
    forwardedFor: SECRETS.ip,
    headers: { 'user-agent': 'Browser', 'accept-language': 'en' },
  };
  expect(await kaminari.ping({ kmnrId: 'impression-1', visitor })).toMatchObject({ status: 'delivered' });
  await kaminari.close();
  await fetch(`${url}/v1/collect`, {
    method: 'POST',
    body: JSON.stringify({ kmnrId: 'impression-1', kmnrKey: 'key' }),
    headers: { 'content-type': 'application/json' },
  });
  await paired;

  child.kill('SIGTERM');
  const result = await end;
  game.close();
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const events = eventsIn(result.stdout);
  expect(events.at(-1)).toEqual({ event: 'stopped' });
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'request', kind: 'moment', status: 200, verdict: 'moment: reward' }),
  );
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'delivery', type: 'redemption', delivered: true, status: 200, attempts: 1 }),
  );
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'kaminari', kmnrId: 'impression-1', status: 'paired' }),
  );
  for (const value of Object.values(SECRETS)) expect(result.stdout).not.toContain(String(value));
  expect(result.stdout).not.toContain('answers of the game');
});

test('for people: the variables to paste, then each request with its verdict', async () => {
  const child = cli.start(['sandbox', '--fill-rate', '0', '--seed', '7']);
  const end = finished(child);
  const said = await saysOn(child, 'Inspector: ');
  const variables = Object.fromEntries([...said.matchAll(/^(K\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]));
  expect(Object.keys(variables)).toEqual(['KIIP_BASE_URL', 'KIIP_APP_KEY', 'KIIP_APP_SECRET', 'KAMINARI_BASE_URL']);
  const answered = saysOn(child, 'moment: no reward (fill rate)');
  const client = new KiipClient({
    appKey: variables['KIIP_APP_KEY'] ?? '',
    appVersion: '1',
    test: false,
    baseUrl: variables['KIIP_BASE_URL'] ?? '',
  });
  expect(await client.moment('level-1', CONTEXT)).toMatchObject({ rewarded: false });
  await client.close();
  await answered;
  const refused = saysOn(child, /400 +rejected/);
  await fetch(`${variables['KIIP_BASE_URL']}/2.0/server/moment/`, { method: 'POST', body: 'x' });
  await refused;
  child.kill('SIGINT');
  const result = await end;
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toMatch(/^\d\d:\d\d:\d\d moment +POST \/2\.0\/server\/moment\/ → 200 +moment: no reward/m);
  for (const value of Object.values(SECRETS)) expect(result.stdout).not.toContain(String(value));
});

test('a secret of one’s own comes from a file and stays there', async () => {
  const file = join(cli.folder, 'secret');
  writeFileSync(file, 'my-own-secret-1c7d\n');
  const child = cli.start(['sandbox', '--secret-file', file]);
  const end = finished(child);
  await saysOn(child, `KIIP_APP_SECRET is in ${file}`);
  child.kill('SIGINT');
  const result = await end;
  expect(result.code).toBe(0);
  expect(result.stdout + result.stderr).not.toContain('my-own-secret-1c7d');
});

test('a secret both as an argument and in a file is wrong usage', async () => {
  const file = join(cli.folder, 'other-secret');
  writeFileSync(file, 'my-own-secret-1c7d');
  const result = await cli.run(['sandbox', '--secret-file', file, '--app-secret', 'test-secret', '--port', '-1']);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('not both');
  expect(result.stderr).not.toMatch(/my-own-secret|test-secret/);
});

test('ends when nobody reads it any more', async () => {
  const child = cli.start(['sandbox']);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const said = await saysOn(child, 'Inspector: ');
  child.stdout.destroy();
  const url = /KIIP_BASE_URL=(\S+)/.exec(said)?.[1] ?? '';
  // The first line that it wants to say after that finds nobody there.
  await fetch(`${url}/nothing-here`).catch(() => undefined);
  expect(await exited).toBe(0);
});

test('every wrong option at once; a port that is taken', async () => {
  const wrong = await cli.run([
    'sandbox',
    '--port',
    'x',
    '--fill-rate',
    '2',
    '--seed',
    '1.5',
    '--callback-url',
    'http://example.com/',
  ]);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  for (const path of ['port', 'fillRate', 'seed', 'callbackUrl']) expect(wrong.stderr).toContain(`- ${path} must`);
  const blocker = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve));
  const taken = await cli.run(['sandbox', '--port', String(port), '--json']);
  blocker.close();
  expect(taken.code).toBe(2);
  expect(taken.stdout).toContain('EADDRINUSE');
});
