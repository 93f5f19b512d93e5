import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { defineBrowserScripts } from '../../scripts/browser-scripts.cjs';
import { post, moment, MOMENT_PATH, type MomentAnswer } from '../sandbox/support.js';
import { freePort } from '../support/services.js';

jest.setTimeout(120_000);

/** Names resolve to this machine as a CI system's or Compose's resolver would have it. */
const RESOLVER = `
const dns = require('node:dns');
const names = new Set(['sandbox.localhost', 'sandbox', 'backend']);
const { lookup } = dns;
dns.lookup = (name, options, done) => lookup(names.has(name) ? '127.0.0.1' : name, options, done);
`;

let folder: string;
let cli: string;
beforeAll(async () => {
  folder = mkdtempSync(join('node_modules', '.kiip-ci-'));
  cli = resolve(folder, 'cli.mjs');
  writeFileSync(join(folder, 'resolver.cjs'), RESOLVER);
  await build({
    entryPoints: { cli: 'src/cli/main.ts', game: 'examples/ci/game.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    tsconfig: 'tsconfig.json',
    define: defineBrowserScripts(),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = (env: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  NODE_OPTIONS: `--require ${resolve(folder, 'resolver.cjs')}`,
  ...env,
});

async function runJob(env: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
  const [sandboxPort, gamePort] = [await freePort(), await freePort()];
  const job = spawn('sh', ['examples/ci/ci.sh'], {
    env: environment({
      KIIP_CLI: `node ${cli}`,
      GAME: `node ${resolve(folder, 'game.mjs')}`,
      SANDBOX_PORT: String(sandboxPort),
      GAME_PORT: String(gamePort),
      ...env,
    }),
  });
  let said = '';
  for (const stream of [job.stdout, job.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(job, 'close')) as [number | null];
  return { code, said };
}

test.each([
  ['a name of loopback', 'sandbox.localhost'],
  ['another machine’s name, with allowInsecure', 'sandbox'],
])('the CI job passes on %s: smoke, ping test, and a game with callbacks and a page', async (_what, SANDBOX_HOST) => {
  const { code, said } = await runJob({ SANDBOX_HOST });
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toMatch(/PASS: 5 of 5 checks[\s\S]*PASS: nothing mandatory is missing[\s\S]*The game works\./);
});

test('with a wrong key it fails, and says so', async () => {
  const { code, said } = await runJob({ KIIP_APP_KEY: 'wrong' });
  expect({ code, said }).toMatchObject({ code: 1 });
  expect(said).toMatch(/FAIL: 1 of 5 checks failed/);
  expect(said).not.toContain('The game works.');
});

test('the container’s command runs, and answers and calls back under the names of compose.yaml', async () => {
  const { services } = parse(readFileSync('examples/docker/compose.yaml', 'utf8')) as {
    services: { sandbox: { command: string[] }; backend: { environment: Record<string, string> } };
  };
  const entry = JSON.parse(
    /^ENTRYPOINT (.*)$/m.exec(readFileSync('examples/docker/Dockerfile', 'utf8'))?.[1] ?? '[]',
  ) as string[];
  expect(entry.slice(0, 3)).toEqual(['node', 'node_modules/kiip-s2s/dist/esm/cli/main.js', 'sandbox']);
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
  expect(entry[1]).toBe(`node_modules/kiip-s2s/${bin['kiip-s2s']}`);
  const port = String(await freePort());
  const args = [...entry.slice(2), ...services.sandbox.command]
    .map((word) => (word === '8301' ? port : word === '/state/sandbox.jsonl' ? join(folder, 'state') : word))
    .map((word) =>
      word.startsWith('--callback-url=')
        ? word.replace(':3000', `:${port}`).replace('/kiip/callback', '/nothing')
        : word,
    );
  const child = spawn(process.execPath, [cli, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    while (!said.includes('Inspector: ')) await once(child.stdout, 'data');
    const { KIIP_APP_KEY: app_key, KIIP_BASE_URL = '' } = services.backend.environment;
    const local = `http://127.0.0.1:${port}`;
    const { host } = new URL(KIIP_BASE_URL);
    const reply = await post(local + MOMENT_PATH, moment({ app: { app_key, version: '1' } }), { host });
    const { view } = JSON.parse(reply.text) as MomentAnswer;
    expect(view?.modal.body_url).toContain(`${KIIP_BASE_URL}/reward/`);
    // The callback reaches the name `backend`, which is this sandbox itself here and has nothing at that path.
    const delivery = await post(`${local}/_sandbox/redeem`, { rewardId: view?.id }, { host: 'localhost' });
    expect(JSON.parse(delivery.text)).toMatchObject({ delivered: false, status: 403 });
  } finally {
    child.kill();
  }
});
