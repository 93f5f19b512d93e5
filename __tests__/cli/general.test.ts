import { spawnSync } from 'node:child_process';
import { KiipHttpError, KiipRefusedError } from 'kiip-s2s';
import { startSandbox } from 'kiip-s2s/sandbox';
import { summarise } from '../../src/cli/failure.js';
import { VERSION } from '../../src/version.js';
import { Output } from '../../src/cli/output.js';
import { canOverwrite, printable, wantsColour } from '../../src/cli/terminal.js';
import { CommandLine, jsonOf } from './command-line.js';

let cli: CommandLine;
beforeAll(async () => {
  cli = await CommandLine.build();
});
afterAll(() => cli.remove());

describe('dismiss', () => {
  test.each([
    ['kiip://did_dismiss', { redeemed: true, nativeUrl: null, droppedNativeUrl: false }, /^redeemed/],
    [
      'kiip://did_dismiss?close=true',
      { redeemed: false, nativeUrl: null, droppedNativeUrl: false },
      /^closed without redeeming/,
    ],
    [
      'KIIP://DID_DISMISS/?native_url=https%3A%2F%2Fexample.com%2Fa',
      { redeemed: true, nativeUrl: 'https://example.com/a', droppedNativeUrl: false },
      /next: https:\/\/example\.com\/a/,
    ],
    [
      'kiip://did_dismiss?native_url=javascript:alert(1)',
      { redeemed: true, nativeUrl: null, droppedNativeUrl: true },
      /was dropped/,
    ],
  ])('%s', async (url, expected, words) => {
    const [json, human] = await Promise.all([cli.run(['dismiss', url, '--json']), cli.run(['dismiss', url])]);
    expect(jsonOf(json)).toEqual({ ok: true, isKiipUrl: true, ...expected });
    expect(human).toMatchObject({ code: 0, stderr: '' });
    expect(human.stdout).toMatch(words);
  });

  test('its next address cannot drive the terminal', async () => {
    const { stdout } = await cli.run([
      'dismiss',
      'kiip://did_dismiss?native_url=https%3A%2F%2Fexample.com%2F%1B%5B2J%0A',
    ]);
    expect(stdout).toMatch(/^redeemed\n/);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('a URL that is not a dismissal is a failed check', async () => {
    expect(jsonOf(await cli.run(['dismiss', 'https://example.com/', '--json']))).toMatchObject({
      ok: false,
      isKiipUrl: false,
    });
    const other = await cli.run(['dismiss', 'kiip://something_else']);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('not kiip://did_dismiss');
  });
});

describe('pingtest', () => {
  test('an address with a password is wrong usage, and is not printed', async () => {
    const env = { KAMINARI_KEY: 'k', KAMINARI_BASE_URL: 'https://someone:hunter22@kaminari.example' };
    for (const args of [['pingtest'], ['pingtest', '--json'], ['smoke', '--json'], ['payload', 'moment', '--curl']]) {
      const kiip = { KIIP_APP_KEY: 'k', KIIP_MOMENT_ID: 'm', KIIP_BASE_URL: env.KAMINARI_BASE_URL };
      const result = await cli.run(args, { env: { ...env, ...kiip } });
      expect(result).toMatchObject({ code: 2 });
      expect(result.stdout + result.stderr).not.toContain('hunter22');
      expect(result.stdout + result.stderr).toContain('must not hold a user, a password');
    }
  });

  test('on the embedded sandbox', async () => {
    const human = await cli.run(['pingtest']);
    expect(human).toMatchObject({ code: 0, stderr: '' });
    expect(human.stdout).toContain('PASS');
    const json = jsonOf<object>(await cli.run(['pingtest', '--json']));
    expect(json).toEqual({ ok: true, target: 'sandbox', baseUrl: expect.stringMatching(/^http:\/\/127/), advice: {} });
  });

  test('against what the environment names', async () => {
    const sandbox = await startSandbox();
    const env = { KAMINARI_KEY: 'kmnr-key-3e1f', KAMINARI_BASE_URL: sandbox.url };
    try {
      const good = await cli.run(['pingtest', '--json'], { env });
      expect(good.code).toBe(0);
      expect(jsonOf(good)).toEqual({ ok: true, target: 'kaminari', baseUrl: sandbox.url, advice: {} });
      expect(sandbox.requests[0]?.body).toMatchObject({ kmnrKey: 'kmnr-key-3e1f' });
      expect(good.stdout).not.toContain('kmnr-key-3e1f');
      sandbox.failNext({ kind: 'status', status: 403 });
      const bad = await cli.run(['pingtest', '--json'], { env });
      expect(bad.code).toBe(1);
      expect(jsonOf(bad)).toMatchObject({
        ok: false,
        target: 'kaminari',
        baseUrl: sandbox.url,
        advice: {},
        error: { code: 'http_status' },
      });
    } finally {
      await sandbox.close();
    }
  });

  test('a wrong address is wrong usage', async () => {
    const result = await cli.run(['pingtest'], {
      env: { KAMINARI_KEY: 'k', KAMINARI_BASE_URL: 'ftp://kaminari.example' },
    });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('KAMINARI_BASE_URL');
  });
});

describe('usage', () => {
  test('help and version are fine', async () => {
    const help = await cli.run(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['smoke', 'sandbox', 'payload', 'sign', 'verify', 'dismiss', 'pingtest', '--json'])
      expect(help.stdout).toContain(command);
    const own = await cli.run(['verify', '--help']);
    expect(own.stdout).toMatch(/--secret-file[\s\S]*--json/);
    expect(await cli.run(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  test.each([
    [[], 'Usage: kiip-s2s'],
    [['smok'], 'Did you mean smoke?'],
    [['smoke', '--opn'], 'Did you mean --open?'],
    [['smoke', 'extra'], 'too many arguments'],
    [['sign', '--formula', 'other'], 'Allowed choices are documented, legacy'],
    [['dismiss'], "missing required argument 'url'"],
  ])('%j says what to do instead', async (args, message) => {
    const human = await cli.run(args);
    expect(human).toMatchObject({ code: 2, stdout: '' });
    expect(human.stderr).toContain(message);
  });

  test.each([[['sign', "--secret=it's-3c9a"]], [['verify', '--app-secret=3c9a']], [['smoke', '--key=3c9a', '--json']]])(
    '%j: a secret as an argument is refused and not repeated',
    async (args) => {
      const { code, stdout, stderr } = await cli.run(args);
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('3c9a');
      expect(stdout + stderr).toContain('never from an argument');
    },
  );

  test('with --json too', async () => {
    const result = await cli.run(['smok', '--json']);
    expect(result).toMatchObject({ code: 2, stderr: '' });
    expect(jsonOf(result)).toMatchObject({
      ok: false,
      error: { code: 'usage', message: expect.stringContaining('Did you mean smoke?') },
    });
    expect(jsonOf(await cli.run(['--json']))).toMatchObject({ ok: false, error: { code: 'usage' } });
  });
});

test('a refusal is told in the platform’s own words, once', () => {
  const facts = {
    operation: 'moment',
    attempts: 1,
    status: 403,
    retryAfterMs: null,
    reason: 'Invalid app key',
  } as const;
  expect(summarise(new KiipHttpError('The platform answered 403.', facts))).toBe(
    'The platform answered 403. It says: Invalid app key [http_status]',
  );
  expect(summarise(new KiipRefusedError('The platform refused: Invalid app key', facts))).toBe(
    'The platform refused: Invalid app key [refused]',
  );
});

describe('streams', () => {
  test.each([[['smoke']], [['smoke', '--json']], [['--help']], [['payload', 'moment', 'm']]])(
    '%j survives a reader that goes away',
    async (args) => {
      const child = cli.start(args);
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdout.destroy();
      const code = await new Promise((resolve) => child.once('exit', resolve));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  test('colour is for terminals, unless NO_COLOR is set or the terminal is dumb', () => {
    const terminal = { isTTY: true };
    expect(wantsColour(terminal, {})).toBe(true);
    expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColour(terminal, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(terminal, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour(terminal, { TERM: 'dumb' })).toBe(false);
    expect(canOverwrite(terminal, { NO_COLOR: '1' })).toBe(true);
    expect(canOverwrite({}, {})).toBe(false);
    expect(canOverwrite(terminal, { TERM: 'dumb' })).toBe(false);
  });

  test('what cannot be seen is replaced', () => {
    expect(printable('a\u001b[31mb\u0007\u009b\u202ec\u2066\ttab\nline 👾 ü')).toBe(
      'a\uFFFD[31mb\uFFFD\uFFFD\uFFFDc\uFFFD\uFFFDtab\uFFFDline 👾 ü',
    );
  });

  test('progress is cut to the terminal, since a line that wraps cannot be taken back', () => {
    const [stdout, stderr] = [process.stdout, process.stderr].map((stream) => ({
      isTTY: stream.isTTY,
      columns: stream.columns,
      write: stream.write.bind(stream),
    }));
    const written: string[] = [];
    Object.assign(process.stdout, { isTTY: true });
    Object.assign(process.stderr, { isTTY: true, columns: 40, write: (text: string) => written.push(text) });
    try {
      new Output({ json: false }).progress(`… ${'redemption callback verified, '.repeat(3)}`);
    } finally {
      Object.assign(process.stdout, stdout);
      Object.assign(process.stderr, stderr);
    }
    expect(written.join('').replaceAll(/\u001b\[[0-9;]*m/g, '')).toHaveLength(39);
  });

  const hasTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
  // In CI a skip is a failure: without `script` the test runs there, and fails.
  (hasTerminals || process.env['CI'] !== undefined ? test : test.skip)(
    'on a real terminal: colour and progress; none of the colour with NO_COLOR; neither with --json',
    async () => {
      const [plain, colourless, json] = await Promise.all([
        cli.runOnTerminal(['smoke']),
        cli.runOnTerminal(['smoke'], { NO_COLOR: '1' }),
        cli.runOnTerminal(['smoke', '--json']),
      ]);
      expect(plain.code).toBe(0);
      expect(plain.stdout).toContain('\u001b[32m✓');
      expect(plain.stdout).toMatch(/… session start.*\r\u001b\[K/);
      expect(colourless.stdout).toContain('✓');
      expect(colourless.stdout.replaceAll('\u001b[K', '')).not.toContain('\u001b');
      expect(json.stdout).not.toContain('\u001b');
      expect(JSON.parse(json.stdout)).toMatchObject({ ok: true });
    },
  );
});
