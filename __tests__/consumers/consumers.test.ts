import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

// The exact tarball that would be published, installed as a user installs it.

const repo = resolve('.');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
const subpaths = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => `kiip-s2s${subpath.slice(1)}`);
// bullmq is imported by its subpath, and belongs to those who use it.
const withoutPeers = subpaths.filter((subpath) => subpath !== 'kiip-s2s/bullmq');

const folder = mkdtempSync(join(tmpdir(), 'kiip-consumers-'));
const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false', NODE_OPTIONS: '' };
const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const node = (cwd: string, ...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(repo, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

function write(file: string, content: string | object): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}

/** Runs a TypeScript compiler; returns what it complains about. */
function tsc(compiler: string, cwd: string, ...args: string[]): string {
  try {
    return node(cwd, join(repo, 'node_modules', compiler, 'bin/tsc'), ...args);
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

let tarball = '';

beforeAll(() => {
  const packed = npm(repo, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  tarball = join(folder, (JSON.parse(packed) as { filename: string }[])[0]?.filename ?? '');
  write('package.json', { name: 'consumer', private: true });
  npm(folder, 'install', '--prefer-offline', '--omit=optional', tarball, `@types/node@${versionOf('@types/node')}`);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tarball holds what it needs and nothing of ours', () => {
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  expect(files).toMatch(/package\/dist\/esm\/index\.js\n/);
  expect(files).toMatch(/package\/src\/index\.ts\n/);
  expect(files).toMatch(/package\/LICENSE\n/);
  expect(files).not.toMatch(/package\/(?:__tests__|bench|examples|coverage|temp)\/|tsbuildinfo|node_modules/);
});

test('source maps resolve inside the package', () => {
  const root = join(folder, 'node_modules/kiip-s2s');
  for (const format of ['esm', 'cjs']) {
    for (const file of readdirSync(join(root, 'dist', format), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.map'),
    )) {
      const path = join(root, 'dist', format, file);
      const { sources } = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] };
      for (const source of sources) expect(() => readFileSync(join(dirname(path), source))).not.toThrow();
    }
  }
});

test('no public declaration but those of schemas and axios names zod, axios or a framework', () => {
  for (const subpath of withoutPeers.filter((name) => !['kiip-s2s/schemas', 'kiip-s2s/axios'].includes(name))) {
    const report = readFileSync(
      join(repo, 'api', `${subpath === 'kiip-s2s' ? 'index' : subpath.slice('kiip-s2s/'.length)}.api.md`),
      'utf8',
    );
    expect(report).not.toMatch(/from '(?:zod|axios|express|fastify|koa|hono|pg|redis|ioredis)'|import\("(?:zod|axios)/);
  }
});

const runs = `
const client = new KiipClient({ appKey: 'x', appVersion: '1', test: true });
const payload = buildMoment({ appKey: 'x', appVersion: '1', test: true }, 'm', { device: { id: 'x', os: 'iOS 18', lang: 'en', locale: 'en_US' }, connection: { ip: '8.8.8.8' } });
if (payload.moment.id !== 'm') throw new Error('payload');
try { new KiipClient({}); throw new Error('accepted'); } catch (error) { if (!(error instanceof KiipConfigError) || !isKiipError(error)) throw error; }
client.close().then(() => console.log('fine'));
`;

test('CommonJS: every subpath loads, the client works, one instanceof world', () => {
  write(
    'cjs/index.cjs',
    `${withoutPeers.map((name) => `require('${name}');`).join('\n')}\nconst { KiipClient, buildMoment, KiipConfigError, isKiipError } = require('kiip-s2s');\n${runs}`,
  );
  expect(node(join(folder, 'cjs'), 'index.cjs')).toBe('fine\n');
  write(
    'cjs/same.cjs',
    `const { CallbackSignatureError } = require('kiip-s2s'); const { verifyCallback } = require('kiip-s2s/callbacks');
try { verifyCallback('{"transaction_id":"1","content":"c","name":"n","quantity":1,"user_id":"u","signature":"${'0'.repeat(40)}"}', { secret: 's' }); } catch (error) { console.log(error instanceof CallbackSignatureError); }`,
  );
  expect(node(join(folder, 'cjs'), 'same.cjs')).toBe('true\n');
});

test('ESM: every subpath loads, the client works, and its errors are known across formats', () => {
  write(
    'esm/index.mjs',
    `${withoutPeers.map((name) => `import '${name}';`).join('\n')}\nimport { KiipClient, buildMoment, KiipConfigError, isKiipError } from 'kiip-s2s';\n${runs}`,
  );
  expect(node(join(folder, 'esm'), 'index.mjs')).toBe('fine\n');
  write(
    'esm/mixed.mjs',
    `import { createRequire } from 'node:module'; import { isKiipError } from 'kiip-s2s';
const { KiipConfigError } = createRequire(import.meta.url)('kiip-s2s'); console.log(isKiipError(new KiipConfigError('x')));`,
  );
  expect(node(join(folder, 'esm'), 'mixed.mjs')).toBe('true\n');
});

test('the command line of the installed package', () => {
  const { ok, target } = JSON.parse(
    execFileSync(join(folder, 'node_modules/.bin/kiip-s2s'), ['smoke', '--json'], {
      encoding: 'utf8',
      env: { ...env, KIIP_APP_KEY: '' },
    }),
  ) as { ok: boolean; target: string };
  expect({ ok, target }).toEqual({ ok: true, target: 'sandbox' });
});

const typed = `
import { KiipClient, type DeviceContext, type MomentOutcome } from 'kiip-s2s';
${withoutPeers
  .slice(1)
  .map((name, index) => `import * as part${index} from '${name}';`)
  .join('\n')}
export const parts = [${withoutPeers
  .slice(1)
  .map((_, index) => `part${index}`)
  .join(', ')}];
const client = new KiipClient({ appKey: 'x', appVersion: '1', test: true, defaults: { device: { os: 'iOS 18', lang: 'en', locale: 'en_US' } } });
export async function reward(id: string): Promise<string | null> {
  const outcome: MomentOutcome = await client.moment('m', { device: { id }, connection: { ip: '8.8.8.8' } });
  return outcome.rewarded ? outcome.reward.bodyUrl.href : null;
}
// @ts-expect-error test is required
new KiipClient({ appKey: 'x', appVersion: '1' });
// @ts-expect-error ids are strings
export const wrong: DeviceContext['device']['id'] = 5;
export const kiip = new KiipClient({ appKey: 'x', appVersion: '1', test: true, platform: 'kiip' });
// @ts-expect-error consent is NinthDecimal's
void kiip.moment('m', { device: { id: 'x', os: 'iOS 18', lang: 'en', locale: 'en_US' }, connection: { ip: '8.8.8.8' }, consent: { optedOut: true } });
`;

describe.each(['typescript54', 'typescript59', 'typescript'])('TypeScript: %s', (compiler) => {
  test.each([
    ['NodeNext', 'module', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
    ['NodeNext, CommonJS', 'commonjs', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
    ['Bundler', 'module', { module: 'ESNext', moduleResolution: 'Bundler' }],
  ])(
    '%s (%s), without skipLibCheck',
    (name, type, options) => {
      const project = `ts-${compiler}-${name.replace(/\W/g, '')}`;
      write(`${project}/package.json`, { private: true, type });
      write(`${project}/index.ts`, typed);
      write(`${project}/tsconfig.json`, {
        compilerOptions: {
          ...options,
          target: 'ES2022',
          lib: ['ES2022', 'DOM'],
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
          types: ['node'],
        },
      });
      expect(tsc(compiler, join(folder, project), '-p', '.')).toBe('');
    },
    120_000,
  );
});

test('an npm-workspaces monorepo with project references', () => {
  const root = join(folder, 'monorepo');
  const compilerOptions = {
    composite: true,
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    target: 'ES2022',
    strict: true,
    skipLibCheck: false,
    types: ['node'],
    outDir: 'dist',
    rootDir: '.',
  };
  write('monorepo/package.json', { private: true, workspaces: ['packages/*'] });
  write('monorepo/tsconfig.json', { files: [], references: [{ path: 'packages/rewards' }, { path: 'packages/game' }] });
  write('monorepo/packages/rewards/package.json', {
    name: '@game/rewards',
    version: '1.0.0',
    type: 'module',
    exports: './dist/index.js',
    types: './dist/index.d.ts',
    dependencies: { 'kiip-s2s': `file:${tarball}` },
  });
  write('monorepo/packages/rewards/tsconfig.json', { compilerOptions, files: ['index.ts'] });
  write(
    'monorepo/packages/rewards/index.ts',
    `import { KiipClient } from 'kiip-s2s';
export type { Reward } from 'kiip-s2s';
export const client = new KiipClient({ appKey: 'x', appVersion: '1', test: true, defaults: { connection: { type: 'WIFI' } } });
`,
  );
  write('monorepo/packages/game/package.json', {
    name: '@game/server',
    version: '1.0.0',
    type: 'module',
    dependencies: { '@game/rewards': '1.0.0' },
  });
  write('monorepo/packages/game/tsconfig.json', {
    compilerOptions,
    files: ['index.ts'],
    references: [{ path: '../rewards' }],
  });
  write(
    'monorepo/packages/game/index.ts',
    `import { client, type Reward } from '@game/rewards';\nexport const name = (reward: Reward): string => reward.notification?.rewardName ?? reward.id;\nawait client.close();\nconsole.log('fine');\n`,
  );
  npm(
    root,
    'install',
    '--prefer-offline',
    '--omit=optional',
    `@types/node@${versionOf('@types/node')}`,
    '-w',
    '@game/rewards',
    '--save-dev',
  );
  expect(tsc('typescript', root, '--build')).toBe('');
  expect(node(root, 'packages/game/dist/index.js')).toBe('fine\n');
}, 180_000);
