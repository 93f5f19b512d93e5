import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describeInferredTypes } from './inferred-types.js';
import { listSubpaths } from './public-values.js';
import { env, folder, install, node, npm, pack, tsc, versionOf, write } from './support.js';

// The exact tarball that would be published, installed as a user installs it.

const repo = resolve('.');
const subpaths = listSubpaths().map(({ subpath }) => subpath);
// These import their peers, which belong to those who use them.
const NEED_PEERS = ['kiip-s2s/bullmq', 'kiip-s2s/opentelemetry'];
const withoutPeers = subpaths.filter((subpath) => !NEED_PEERS.includes(subpath));

let tarball = '';
let withoutNode = '';

beforeAll(() => {
  tarball = pack();
  install('.', tarball, `@types/node@${versionOf('@types/node')}`);
  withoutNode = install('without-node-types', tarball);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeInferredTypes(() => ({ withNode: folder, withoutNode }));

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

test('typesVersions leads node10 to the declarations of every subpath', () => {
  const { typesVersions } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    typesVersions: Record<string, Record<string, string[]>>;
  };
  const expected = listSubpaths()
    .filter(({ subpath }) => subpath !== 'kiip-s2s')
    .map(({ subpath, cjs }) => [subpath.slice('kiip-s2s/'.length), [cjs]]);
  expect(typesVersions).toEqual({ '*': Object.fromEntries(expected) });
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
