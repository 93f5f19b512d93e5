import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildMoment, type DeviceContext } from 'kiip-s2s';
import { CommandLine, jsonOf } from './command-line.js';

const KEY = 'app-key-8d0c55e1';
/** Everything that a shell might take for more than text. */
const HOSTILE: DeviceContext = {
  device: {
    id: `it's "quoted" $(touch pwned) \`touch pwned\` $HOME \\ \\$x`,
    os: 'Android 15',
    lang: 'en',
    locale: 'en-US',
    model: 'Pïxel “9” 👾',
  },
  connection: { ip: '54.174.101.1' },
};

let cli: CommandLine;
beforeAll(async () => {
  cli = await CommandLine.build();
});
afterAll(() => cli.remove());

test('the sample context has every block, and nothing to advise on', async () => {
  const result = await cli.run(['payload', 'moment', 'level-9'], {
    env: { KIIP_APP_KEY: KEY, KIIP_APP_VERSION: '3.2' },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(result.stdout)).toMatchObject({
    app: { app_key: '$KIIP_APP_KEY', version: '3.2' },
    moment: { id: 'level-9' },
    location: { lat: 39.0437192, lng: -77.4874899 },
    test: true,
  });
  expect(result.stdout).not.toContain(KEY);
});

test('sessions, live, the older dialect, one line with --json', async () => {
  const started = jsonOf<{ events: { id: string }[]; test: boolean }>(
    await cli.run(['payload', 'session-start', '--json', '--live']),
  );
  expect(started.events.map(({ id }) => id)).toEqual(['session_start']);
  expect(started.test).toBe(false);
  const ended = jsonOf<{ events: { id: string }[]; location: object }>(
    await cli.run(['--json', 'payload', 'session-end', '--platform', 'kiip']),
  );
  expect(ended.events.map(({ id }) => id)).toEqual(['session_end']);
  expect(Object.keys(ended.location)).toEqual(['lat', 'lng']);
});

test('the moment’s id from the environment; the key itself only when asked for', async () => {
  const env = { KIIP_APP_KEY: KEY, KIIP_MOMENT_ID: 'from-the-environment' };
  const payload = jsonOf<{ app: { app_key: string }; moment: { id: string } }>(
    await cli.run(['payload', 'moment', '--json', '--with-key'], { env }),
  );
  expect(payload).toMatchObject({ app: { app_key: KEY }, moment: { id: 'from-the-environment' } });
});

test('advice goes beside the payload', async () => {
  const { code, stdout, stderr } = await cli.run(['payload', 'moment', 'm', '--context', '-'], {
    input: JSON.stringify(HOSTILE),
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ device: { id: HOSTILE.device.id } });
  expect(stderr).toContain('advice: location is missing');
});

test('all problems of a context at once, without its values', async () => {
  const context = {
    device: { id: '', os: 'x', lang: 'en', locale: '???' },
    connection: { ip: '999.1.2.3' },
    user: { age: 999 },
    spam: 1,
  };
  const file = join(cli.folder, 'context.json');
  writeFileSync(file, JSON.stringify(context));
  const human = await cli.run(['payload', 'moment', 'm', '--context', file]);
  expect(human).toMatchObject({ code: 2, stdout: '' });
  for (const path of ['device.id', 'device.locale', 'connection.ip', 'user.age', '(unknown key)'])
    expect(human.stderr).toContain(`- ${path} `);
  expect(human.stderr).not.toContain('999.1.2.3');
  const { ok, error } = jsonOf<{ ok: boolean; error: { code: string; issues: { path: string }[] } }>(
    await cli.run(['payload', 'moment', 'm', '--context', file, '--json']),
  );
  expect({ ok, code: error.code }).toEqual({ ok: false, code: 'invalid_request' });
  expect(error.issues.map(({ path }) => path).sort()).toEqual([
    '(unknown key)',
    'connection.ip',
    'device.id',
    'device.locale',
    'user.age',
  ]);
});

test.each([
  [['payload'], 'missing required argument'],
  [['payload', 'reward'], 'session-start, session-end, moment'],
  [['payload', 'moment'], 'needs its id'],
  [['payload', 'session-end', 'm'], 'has no moment id'],
  [['payload', 'moment', 'm', '--platform', 'other'], '--platform must be'],
  [['payload', 'moment', 'm', '--with-key'], 'needs KIIP_APP_KEY'],
  [['payload', 'moment', 'm', '--context', '/nowhere.json'], 'ENOENT'],
])('%j is wrong usage', async (args, message) => {
  const result = await cli.run(args);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain(message);
});

describe('--curl', () => {
  /** Runs what was printed in a POSIX shell, with a curl that writes down what it was given. */
  async function paste(
    command: string,
    env: Record<string, string>,
  ): Promise<{ code: number; args: string; body: string | null }> {
    const folder = join(cli.folder, 'paste');
    mkdirSync(folder);
    const curl = join(folder, 'curl');
    writeFileSync(curl, '#!/bin/sh\nprintf "%s\\n" "$@" > args\ncat > body\n');
    chmodSync(curl, 0o755);
    const run = promisify(execFile)('sh', ['-c', command], {
      cwd: folder,
      env: { PATH: `${folder}:/usr/bin:/bin`, ...env },
    });
    const code = await run.then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    const read = (name: string): string | null =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null;
    const outcome = { code, args: read('args') ?? '', body: read('body') };
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    rmSync(folder, { recursive: true });
    return outcome;
  }

  const print = async (): Promise<string> => {
    const { stdout } = await cli.run(['payload', 'moment', 'm', '--curl', '--context', '-'], {
      env: { KIIP_APP_KEY: KEY, KIIP_BASE_URL: "https://api.example.com/it's" },
      input: JSON.stringify(HOSTILE),
    });
    expect(stdout).not.toContain(KEY);
    return stdout;
  };

  test('works as pasted: the shell puts in the key, and nothing else of the text means anything to it', async () => {
    const { code, args, body } = await paste(await print(), { KIIP_APP_KEY: KEY });
    expect(code).toBe(0);
    expect(args).toContain("https://api.example.com/it's/2.0/server/moment/");
    expect(args).not.toContain(KEY);
    expect(JSON.parse(body ?? '')).toEqual(buildMoment({ appKey: KEY, appVersion: '1.0', test: true }, 'm', HOSTILE));
  });

  test('without the variable it says so, and sends nothing', async () => {
    const { code, body } = await paste(await print(), {});
    expect(code).not.toBe(0);
    expect(body).toBeNull();
  });

  test('with --json the command is a value', async () => {
    const { command } = jsonOf<{ command: string }>(await cli.run(['payload', 'session-end', '--curl', '--json']));
    expect(command).toMatch(/^curl -sS -X POST 'https:\/\/api\.kiip\.me\/2\.0\/server\/moment\/'/);
  });
});
