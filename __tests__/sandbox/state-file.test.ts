import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startSandbox } from 'kiip-s2s/sandbox';
import { SandboxProcesses } from './child.js';
import { askMoment, closeAll, moment, MOMENT_PATH, post, rewardOf, sandboxWith, type MomentAnswer } from './support.js';

let processes: SandboxProcesses;
beforeAll(async () => {
  processes = await SandboxProcesses.build();
});
afterEach(closeAll);
afterAll(() => processes.remove());

let lastFile = 0;
const freshFile = (): string => join(processes.folder, `state-${(lastFile += 1)}`);
const CONSENT = { user_consent_info: { user_compliance: true, state: 'CA' } };
const DEVICE = '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b';

test('rewards, deliveries, consent and the secret are there after a restart', async () => {
  const options = { stateFile: freshFile(), callbackUrl: 'http://127.0.0.1:1/' };
  const first = await sandboxWith(options);
  const id = await rewardOf(first, CONSENT);
  const other = await rewardOf(first);
  await first.redeem(id);
  const before = [first.rewards, first.deliveries, first.compliance('johndoe', DEVICE), first.appSecret];
  await first.close();
  const second = await sandboxWith(options);
  expect([second.rewards, second.deliveries, second.compliance('johndoe', DEVICE), second.appSecret]).toEqual(before);
  expect(second.rewards.map(({ usedDate }) => usedDate instanceof Date)).toEqual([true, false]);
  // Numbers go on, and a redelivery after the restart is told as one.
  await expect(second.redeem(id)).resolves.toMatchObject({ id: 2, repeats: 1 });
  await expect(second.redeem(other)).resolves.toMatchObject({ id: 3, repeats: null });
  expect((await fetch(second.rewards[0]?.bodyUrl.replace(first.url, second.url) ?? '')).status).toBe(200);
  expect(statSync(options.stateFile).mode & 0o077).toBe(0);
});

test('kill -9 in the middle of 1,000 moments: everything that was answered is there', async () => {
  const stateFile = freshFile();
  const { child, url } = await processes.start({ stateFile });
  const answered: string[] = [];
  const killed = once(child, 'exit');
  const ask = async (n: number): Promise<void> => {
    const answer = await post(url + MOMENT_PATH, moment({ moment: { id: `m${n}` } })).catch(() => null);
    if (answer === null) return;
    answered.push((JSON.parse(answer.text) as MomentAnswer).view?.id ?? '');
    if (answered.length === 500) child.kill('SIGKILL');
  };
  for (let n = 0; n < 1_000; n += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => ask(n + k)));
  await killed;
  expect(answered.length).toBeGreaterThanOrEqual(500);
  expect(answered.length).toBeLessThan(1_000);
  const sandbox = await sandboxWith({ stateFile });
  const kept = new Set(sandbox.rewards.map(({ id }) => id));
  expect(answered.filter((id) => !kept.has(id))).toEqual([]);
}, 60_000);

describe('what a crash can leave behind', () => {
  const fileWith = async (moments: number): Promise<string> => {
    const stateFile = freshFile();
    const sandbox = await startSandbox({ stateFile });
    for (let n = 0; n < moments; n += 1) await askMoment(sandbox);
    await sandbox.close();
    return stateFile;
  };

  test('a torn last line is no damage: the rest is there, and what comes next is readable', async () => {
    const stateFile = await fileWith(3);
    const whole = readFileSync(stateFile, 'utf8');
    const last = whole.trimEnd().split('\n').at(-1) ?? '';
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    for (const cut of [1, Math.floor(last.length / 2), last.length]) {
      writeFileSync(stateFile, whole.slice(0, -cut - 1));
      const sandbox = await sandboxWith({ stateFile });
      expect({ cut, rewards: sandbox.rewards.length }).toEqual({ cut, rewards: 2 });
      await askMoment(sandbox);
      await sandbox.close();
      const again = await sandboxWith({ stateFile });
      expect(again.rewards).toHaveLength(3);
      await again.close();
    }
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test.each([
    ['a line in the middle', (text: string) => text.replace('"kind":"reward"', '"kind":"rew')],
    ['a field of another type', (text: string) => text.replace('"isTest":true', '"isTest":"yes"')],
    ['a file of somebody else', () => 'DATABASE_URL=postgres://…\n'],
    ['its head is gone', (text: string) => text.slice(text.indexOf('\n') + 1)],
  ])('damage is named and set aside: %s', async (_, damage) => {
    const stateFile = await fileWith(2);
    const damaged = damage(readFileSync(stateFile, 'utf8'));
    writeFileSync(stateFile, damaged);
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const sandbox = await sandboxWith({ stateFile });
    expect(sandbox.rewards).toEqual([]);
    const aside = readdirSync(processes.folder).filter((name) => name.startsWith(`${basename(stateFile)}.damaged-`));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(processes.folder, aside[0] ?? ''), 'utf8')).toBe(damaged);
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining(aside[0] ?? '?'), { type: 'KiipWarning', code: 'KIIP_SANDBOX_STATE' }],
    ]);
    warned.mockRestore();
  });
});

test('the file is written anew before it grows without end', async () => {
  const stateFile = freshFile();
  const sandbox = await sandboxWith({ stateFile, keep: 3 });
  for (let n = 0; n < 40; n += 1) await askMoment(sandbox);
  expect(readFileSync(stateFile, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(1 + 3 + 4 * 3 + 1);
  expect(existsSync(`${stateFile}.new`)).toBe(false);
  const kept = sandbox.rewards.map(({ id }) => id);
  await sandbox.close();
  expect((await sandboxWith({ stateFile, keep: 3 })).rewards.map(({ id }) => id)).toEqual(kept);
});

test('reset() empties the file too, but for what names the sandbox', async () => {
  const stateFile = freshFile();
  const sandbox = await sandboxWith({ stateFile });
  await askMoment(sandbox);
  sandbox.reset();
  await sandbox.close();
  const again = await sandboxWith({ stateFile });
  expect([again.rewards, again.appSecret]).toEqual([[], sandbox.appSecret]);
});

test('a place that cannot be written to is told at the start', async () => {
  const stateFile = join(processes.folder, 'no-such-folder', 'state');
  await expect(startSandbox({ stateFile })).rejects.toMatchObject({
    code: 'config',
    message: expect.stringMatching(/state file .*no-such-folder.*ENOENT/) as unknown,
  });
  await expect(startSandbox({ stateFile: processes.folder })).rejects.toMatchObject({
    message: expect.stringContaining('EISDIR') as unknown,
  });
});

test('with unref a sandbox that nobody closed lets the process end', async () => {
  const child = processes.spawn({ unref: true, stateFile: freshFile() });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});
