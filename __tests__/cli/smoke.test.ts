import { mayFetch } from '../../src/cli/smoke/reward-page.js';
import { startSandbox, type Sandbox } from 'kiip-s2s/sandbox';
import { startProxy } from '../transport/proxy.js';
import { CommandLine, finished, jsonOf, saysOn, type Finished } from './command-line.js';
import { rewardAt, startFakePlatform } from './fake-platform.js';

interface Report {
  ok: boolean;
  target: string;
  baseUrl: string;
  steps: { name: string; ok: boolean; ms: number; detail?: string; error?: string }[];
  reward: {
    id: string;
    isTest: boolean;
    notification: { rewardName: string } | null;
    bodyUrl: { href: string };
  } | null;
  advice: unknown[];
  open?: { inspector: string; reward: string };
}

const STEPS = [
  'session start',
  'test moment',
  'reward parsed',
  'reward page fetched',
  'redemption callback verified, credited once, replay refused',
  'session end',
];
const KEY = 'app-key-2f9d51c0';
const PERSONAL = [KEY, 'kiip-s2s-sample-device', 'kiip-s2s-sample-player', '54.174.101.1', '39.0437192', '-77.4874899'];

let cli: CommandLine;
beforeAll(async () => {
  cli = await CommandLine.build();
});
afterAll(() => cli.remove());

function expectNothingPersonal({ stdout, stderr }: Finished): void {
  for (const text of PERSONAL) expect(stdout + stderr).not.toContain(text);
}

const namesOf = ({ steps }: Report): string[] => steps.map(({ name }) => name);
const failedIn = ({ steps }: Report): string[] => steps.filter(({ ok }) => !ok).map(({ name }) => name);

describe('on the embedded sandbox', () => {
  test('shows every check, the reward and a verdict', async () => {
    const result = await cli.run(['smoke']);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    for (const name of STEPS) expect(result.stdout).toMatch(new RegExp(`✓ +[0-9.]+ ms +${name}`));
    expect(result.stdout).toMatch(/Notification: Test Reward - 20 Coins/);
    expect(result.stdout).toMatch(/Body URL: +http:\/\/127\.0\.0\.1:\d+\/reward\//);
    expect(result.stdout).toContain('20 Coins credited; repetition and replay: duplicate; changed body: 401');
    expect(result.stdout).toContain('PASS: 6 of 6 checks');
    expect(result.stdout).not.toContain('\u001b');
    expectNothingPersonal(result);
  });

  test('is reached by no proxy', async () => {
    const proxy = await startProxy({ refuse: 403 });
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await cli.run(['smoke'], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(await cli.run(['pingtest'], { env })).toMatchObject({ code: 0, stderr: '' });
    await proxy.close();
    expect(proxy.heads).toEqual([]);
  });

  test('--json prints the report and nothing else', async () => {
    const result = await cli.run(['smoke', '--json'], { env: { KIIP_BASE_URL: 'https://ignored.example' } });
    const report = jsonOf<Report>(result);
    expect(result.code).toBe(0);
    expect(result.stderr).toBe('');
    expect(Object.keys(report)).toEqual(['ok', 'target', 'baseUrl', 'steps', 'reward', 'advice']);
    expect(report).toMatchObject({ ok: true, target: 'sandbox', advice: [], reward: { isTest: true } });
    expect(namesOf(report)).toEqual(STEPS);
    for (const step of report.steps)
      expect(step).toEqual({ name: step.name, ok: true, ms: expect.any(Number), detail: expect.any(String) });
    expect(report.reward?.bodyUrl.href).toContain(report.baseUrl);
    expectNothingPersonal(result);
  });

  test('a context of one’s own gets its advice; without a user id there is no callback to check', async () => {
    const context = {
      device: { id: 'my-device-7', os: 'Android', lang: 'de', locale: 'de_DE' },
      connection: { ip: '10.0.0.8' },
    };
    const result = await cli.run(['smoke', '--context', '-', '--json'], { input: JSON.stringify(context) });
    const report = jsonOf<Report>(result);
    expect(result.code).toBe(0);
    expect(namesOf(report)).toEqual(STEPS.filter((name) => !name.startsWith('redemption')));
    expect(report.advice).toEqual(expect.arrayContaining([expect.objectContaining({ path: 'device.os' })]));
    expect(result.stdout).not.toMatch(/my-device-7|10\.0\.0\.8/);
  });

  test('a wrong context is wrong usage, with all of its problems', async () => {
    const result = await cli.run(['smoke', '--context', '-'], { input: '{"device":{"id":"x"}}' });
    expect(result.code).toBe(2);
    for (const path of ['device.os', 'device.lang', 'device.locale', 'connection.ip'])
      expect(result.stderr).toContain(path);
  });
});

describe('--open', () => {
  test('leaves the sandbox running until it is interrupted, and the reward can be redeemed', async () => {
    const child = cli.start(['smoke', '--open']);
    const end = finished(child);
    const said = await saysOn(child, 'until Ctrl-C');
    const inspector = /Inspector: +(http\S+)/.exec(said)?.[1] ?? '';
    const reward = [...said.matchAll(/^Reward: +(http\S+)/gm)].at(-1)?.[1] ?? '';
    expect(new URL(inspector).origin).toBe(new URL(reward).origin);
    expect((await fetch(reward)).status).toBe(200);
    const credited = saysOn(child, /redemption delivered: 200/);
    const redeem = new URL(`${new URL(reward).pathname}/redeem`, reward);
    await fetch(redeem, { method: 'POST', redirect: 'manual' });
    await credited;
    child.kill('SIGINT');
    expect((await end).code).toBe(0);
  });

  test('with --json the report says where', async () => {
    const child = cli.start(['smoke', '--open', '--json']);
    const end = finished(child);
    const report = JSON.parse(await saysOn(child, '\n')) as Report;
    expect(report.open).toEqual({
      inspector: `${report.baseUrl}/`,
      reward: expect.stringContaining(`${report.baseUrl}/reward/`),
    });
    child.kill('SIGTERM');
    const result = await end;
    expect(result.code).toBe(0);
    jsonOf(result);
  });

  test('is for the sandbox only', async () => {
    const result = await cli.run(['smoke', '--open'], { env: { KIIP_APP_KEY: KEY } });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('unset it');
  });
});

describe('against a platform', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({ appKey: KEY });
  });
  afterEach(() => sandbox.close());

  const platform = (env: Record<string, string> = {}): Record<string, string> => ({
    KIIP_APP_KEY: KEY,
    KIIP_BASE_URL: sandbox.url,
    KIIP_APP_VERSION: '7.1',
    KIIP_MOMENT_ID: 'level-9',
    ...env,
  });

  test('sends a test session and a test moment of the app', async () => {
    const result = await cli.run(['smoke', '--json'], { env: platform() });
    const report = jsonOf<Report>(result);
    expect(result.code).toBe(0);
    expect(report).toMatchObject({ ok: true, target: 'platform', baseUrl: sandbox.url });
    expect(namesOf(report)).toEqual(STEPS.filter((name) => !name.startsWith('redemption')));
    expectNothingPersonal(result);
    const sent = sandbox.requests.filter(({ kind }) => kind !== 'page').map(({ body }) => body);
    expect(sent).toHaveLength(3);
    for (const body of sent) expect(body).toMatchObject({ test: true, app: { app_key: KEY, version: '7.1' } });
    expect(sent[1]).toMatchObject({ moment: { id: 'level-9' } });
  });

  test('a key that is refused fails the first check, and nothing is ended that never began', async () => {
    const result = await cli.run(['smoke', '--json'], { env: platform({ KIIP_APP_KEY: 'another-key-77' }) });
    const report = jsonOf<Report>(result);
    expect(result.code).toBe(1);
    expect(report).toMatchObject({ ok: false, reward: null });
    expect(report.steps).toEqual([
      {
        name: 'session start',
        ok: false,
        ms: expect.any(Number),
        error: expect.stringMatching(/401.*app_key is not the key this sandbox was started with/),
      },
    ]);
    expect(result.stdout).not.toContain('another-key-77');
  });

  test('a made-up moment id is said to be one', async () => {
    const result = await cli.run(['smoke'], { env: platform({ KIIP_MOMENT_ID: '' }) });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('KIIP_MOMENT_ID is not set, so the made-up moment smoke_test is asked for');
    const told = await cli.run(['smoke'], { env: platform() });
    expect(told.stderr).toBe('');
  });

  test('--platform kiip speaks the older dialect; --dns-compliance and --from-us change what is sent', async () => {
    const context = {
      device: { id: 'my-device-7', os: 'Android 15', lang: 'de', locale: 'de_DE' },
      connection: { ip: '93.184.216.34' },
      location: { lat: 48.2, lng: 16.4 },
    };
    const options = { env: platform(), input: JSON.stringify(context) };
    expect(await cli.run(['smoke', '--platform', 'kiip', '--from-us', '--context', '-'], options)).toMatchObject({
      code: 0,
    });
    expect(sandbox.requests[0]?.body).toMatchObject({
      location: { lat: 39.0437192, lng: -77.4874899 },
      connection: { ip: '54.174.101.1' },
      device: { locale: 'de_DE' },
    });
    expect(JSON.stringify(sandbox.requests[0]?.body)).not.toMatch(/accuracy|dns_compliance/);
    expect((await cli.run(['smoke', '--dns-compliance'], { env: platform() })).code).toBe(0);
    expect(sandbox.requests.at(-1)?.body).toMatchObject({ app: { dns_compliance: true } });
    const both = await cli.run(['smoke', '--platform', 'kiip', '--dns-compliance'], { env: platform() });
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('ninthdecimal') as unknown });
  });

  test('the address of a sandbox is enough: it needs no key', async () => {
    const open = await startSandbox();
    const result = await cli.run(['smoke', '--json'], {
      env: { KIIP_BASE_URL: open.url.replace('127.0.0.1', 'localhost') },
    });
    await open.close();
    expect(jsonOf<Report>(result)).toMatchObject({ ok: true, target: 'sandbox', reward: { isTest: true } });
    expect(open.requests).toHaveLength(4);
  });

  test.each(['HTTP_PROXY', 'http_proxy'])(
    '%s: every request goes through the proxy, the page too; NO_PROXY excepts',
    async (name) => {
      const proxy = await startProxy();
      try {
        const through = { [name]: `http://127.0.0.1:${proxy.port}` };
        const result = await cli.run(['smoke'], { env: platform(through) });
        expect(result).toMatchObject({ code: 0, stderr: '' });
        const asked = proxy.heads.map((head) => head.split(' ').slice(0, 2).join(' '));
        expect(asked).toContain(`POST ${sandbox.url}/2.0/server/moment/`);
        expect(asked).toContainEqual(expect.stringMatching(/^GET http:.*\/reward\//));
        proxy.heads.length = 0;
        expect((await cli.run(['smoke'], { env: platform({ ...through, NO_PROXY: '127.0.0.1' }) })).code).toBe(0);
        expect(proxy.heads).toEqual([]);
      } finally {
        await proxy.close();
      }
    },
  );

  test('a moment that fails is told, and the session is ended all the same', async () => {
    sandbox.failNext({ kind: 'delay', ms: 0 });
    sandbox.failNext({ kind: 'status', status: 500 });
    const result = await cli.run(['smoke'], { env: platform() });
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/✗ +[0-9.]+ ms +test moment\n.*500/);
    expect(result.stdout).toMatch(/✓ +[0-9.]+ ms +session end/);
    expect(result.stdout).toContain('FAIL: 1 of 5 checks failed, 2 not run');
    expect(sandbox.requests.at(-1)?.verdict).toBe('session: session_end');
    expectNothingPersonal(result);
  });

  test('Ctrl-C ends the session before it ends the process', async () => {
    sandbox.failNext({ kind: 'delay', ms: 0 });
    sandbox.failNext({ kind: 'delay', ms: 60_000 });
    const rewarded = new Promise<void>((resolve) => {
      sandbox.subscribe(({ type }) => (type === 'reward' ? resolve() : undefined));
    });
    const child = cli.start(['smoke'], { env: platform() });
    const end = finished(child);
    await rewarded;
    child.kill('SIGINT');
    const result = await end;
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/✗ +[0-9.]+ ms +test moment/);
    expect(sandbox.requests.at(-1)?.verdict).toBe('session: session_end');
  });

  test('nobody there', async () => {
    const { url } = sandbox;
    await sandbox.close();
    const result = await cli.run(['smoke', '--json'], { env: platform({ KIIP_BASE_URL: url }) });
    expect(result.code).toBe(1);
    expect(jsonOf<Report>(result).steps[0]?.error).toMatch(/ECONNREFUSED.*\[connection\]/);
  });

  test('an address that would send personal data in the clear is wrong usage, told by the variable’s name', async () => {
    const result = await cli.run(['smoke', '--json'], { env: platform({ KIIP_BASE_URL: 'http://platform.example' }) });
    expect(result.code).toBe(2);
    expect(jsonOf<{ error: { code: string; issues: object[] } }>(result).error).toMatchObject({
      code: 'config',
      issues: [{ path: 'KIIP_BASE_URL' }],
    });
  });
});

describe('what the platform’s answers can be', () => {
  const smoke = async (options: Parameters<typeof startFakePlatform>[0]) => {
    const platform = await startFakePlatform(options);
    try {
      const result = await cli.run(['smoke', '--json'], { env: { KIIP_APP_KEY: KEY, KIIP_BASE_URL: platform.url } });
      return { report: jsonOf<Report>(result), asked: platform.asked, code: result.code };
    } finally {
      await platform.close();
    }
  };
  const errorOf = (report: Report): string => report.steps.find(({ ok }) => !ok)?.error ?? '';

  test('a test moment without a reward fails', async () => {
    const { report, code } = await smoke({});
    expect(code).toBe(1);
    expect(failedIn(report)).toEqual(['reward parsed']);
    expect(errorOf(report)).toContain('KIIP_MOMENT_ID');
    expect(namesOf(report).at(-1)).toBe('session end');
  });

  describe('nothing, or 403, for a context outside the US', () => {
    const context = {
      device: { id: 'my-device-7', os: 'Android 15', lang: 'de', locale: 'de_DE' },
      connection: { ip: '93.184.216.34' },
      location: { lat: -33.86, lng: 151.21 },
    };
    const run = async (url: string, args: string[] = []) => {
      const env = { KIIP_APP_KEY: KEY, KIIP_BASE_URL: url };
      const result = await cli.run(['smoke', '--json', '--context', '-', ...args], {
        env,
        input: JSON.stringify(context),
      });
      return jsonOf<Report>(result).advice as { code: string; message: string }[];
    };
    const saysBoth = expect.objectContaining({
      code: 'unrewarded_outside_us',
      message: expect.stringMatching(/EEA.*simulate a US-based location/) as unknown,
    }) as unknown;

    test('is advised on in the documents’ words', async () => {
      const platform = await startFakePlatform({});
      expect(await run(platform.url)).toContainEqual(saysBoth);
      expect(await run(platform.url, ['--from-us'])).not.toContainEqual(saysBoth);
      await platform.close();
    });

    test.each([1, 2])('is advised on when call %i answers 403, with the platform’s words', async (failing) => {
      const sandbox = await startSandbox();
      if (failing === 2) sandbox.failNext({ kind: 'delay', ms: 0 });
      sandbox.failNext({ kind: 'status', status: 403 });
      const env = { KIIP_APP_KEY: KEY, KIIP_BASE_URL: sandbox.url };
      const result = await cli.run(['smoke', '--context', '-'], { env, input: JSON.stringify(context) });
      await sandbox.close();
      expect(result.code).toBe(1);
      expect(result.stdout).toContain('403 and said: the sandbox was told to answer with this status');
      expect(result.stdout).toMatch(/! location is outside the US.*EEA/);
    });
  });

  test('a page on a host of somebody else is not asked for', async () => {
    const { report } = await smoke({ reward: () => rewardAt('https://evil.example/reward/a/b') });
    expect(failedIn(report)).toEqual(['reward page fetched']);
    expect(errorOf(report)).toContain('evil.example is neither');
    expect(report.reward?.bodyUrl.href).toBe('https://evil.example/reward/a/b');
  });

  test('nor is one that a redirect leads to', async () => {
    const elsewhere = await startFakePlatform({});
    const { report, asked } = await smoke({
      reward: (url) => rewardAt(`${url}/reward/a/b`),
      page: (_request, response) => response.writeHead(302, { location: `${elsewhere.url}/steal` }).end(),
    });
    await elsewhere.close();
    expect(asked).toContain('GET /reward/a/b');
    expect(elsewhere.asked).toEqual([]);
    expect(errorOf(report)).toContain('was not fetched');
  });

  test('a redirect on the same host is followed, a circle is not for ever', async () => {
    const good = await smoke({
      reward: (url) => rewardAt(`${url}/reward/a/b`),
      page: (request, response) =>
        request.url === '/shown' ? response.end('<p>shown</p>') : response.writeHead(302, { location: '/shown' }).end(),
    });
    expect(good.report.ok).toBe(true);
    const circle = await smoke({
      reward: (url) => rewardAt(`${url}/reward/a/b`),
      page: (_request, response) => response.writeHead(302, { location: '/reward/a/b' }).end(),
    });
    expect(errorOf(circle.report)).toContain('more than 3 times');
  });

  test.each([
    ['missing', 404, '', 'answered 404'],
    ['empty', 200, '', 'is empty'],
    ['endless', 200, 'x'.repeat(3 * 1024 * 1024), 'is longer than'],
  ])('a page that is %s', async (_what, status, body, message) => {
    const { report, code } = await smoke({
      reward: (url) => rewardAt(`${url}/reward/a/b`),
      page: (_request, response) => response.writeHead(status).end(body),
    });
    expect(code).toBe(1);
    expect(errorOf(report)).toContain(message);
  });

  test('a name cannot drive the terminal', async () => {
    const platform = await startFakePlatform({
      reward: (url) => rewardAt(`${url}/reward/a/b`, 'Free\u001b[2J\u202e coins\r'),
      page: (_request, response) => response.end('<p>shown</p>'),
    });
    const { stdout, code } = await cli.run(['smoke'], { env: { KIIP_APP_KEY: KEY, KIIP_BASE_URL: platform.url } });
    await platform.close();
    expect(code).toBe(0);
    expect(stdout).toContain('Free\uFFFD[2J\uFFFD coins\uFFFD');
    expect(stdout).not.toMatch(/[\u001b\u202e\r]/);
  });
});

test('which pages may be fetched', () => {
  const base = 'http://127.0.0.1:8080';
  const may = (url: string, baseUrl = base): boolean => mayFetch(new URL(url), baseUrl);
  expect(may('http://127.0.0.1:8080/reward/a/b')).toBe(true);
  expect(may('http://127.0.0.1:8081/reward/a/b')).toBe(false);
  expect(may('http://localhost:8080/reward/a/b')).toBe(true);
  expect(may('http://sandbox:8301/reward/a/b', 'http://sandbox:8301')).toBe(true);
  expect(may('http://localhost:8301/reward/a/b', 'http://sandbox:8301')).toBe(false);
  expect(may('https://api.kiip.me/reward/a/b')).toBe(true);
  expect(may('https://kiip.me/x')).toBe(true);
  expect(may('http://api.kiip.me/x')).toBe(false);
  expect(may('https://api.kiip.me:8443/x')).toBe(false);
  expect(may('https://evilkiip.me/x')).toBe(false);
  expect(may('https://kiip.me.evil.example/x')).toBe(false);
  expect(may('https://user@api.kiip.me@evil.example/x')).toBe(false);
});
