import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kiip-missing-peers-')));
afterAll(() => rmSync(folder, { recursive: true }));

/** The package as built and its own dependencies, but none of its peers. */
beforeAll(() => {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'kiip-s2s'), { recursive: true });
  for (const part of ['package.json', 'dist']) cpSync(part, join(modules, 'kiip-s2s', part), { recursive: true });
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(realpathSync(join('node_modules', name)), join(modules, name), 'dir');
  }
});

const FORMATS = {
  mjs: 'const load = (name) => import(name);',
  cjs: 'const load = async (name) => require(name);',
};
type Format = keyof typeof FORMATS;

/** Runs the body of an asynchronous function that can `load` modules; returns what it returned. */
function run(format: Format, body: string): unknown {
  const file = join(folder, `program.${format}`);
  const report = '.then((value) => console.log(JSON.stringify(value)))';
  writeFileSync(file, `${FORMATS[format]}\n(async () => {${body}})()${report};`);
  return JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8' }));
}

const catchAll = '.catch(({ name, code, message, issues }) => ({ name, code, message, issues }))';

/** The subpath that uses each peer, and what a call that needs the peer does without it. */
const PEERS: readonly (readonly [
  peer: string,
  subpath: string,
  result: 'loads' | 'fails to load' | 'fails to send',
])[] = [
  ['@opentelemetry/api', 'opentelemetry', 'fails to load'],
  ['@upstash/redis', 'redis', 'loads'],
  ['bullmq', 'bullmq', 'fails to load'],
  ['express', 'express', 'loads'],
  ['fastify', 'fastify', 'loads'],
  ['ioredis', 'redis', 'loads'],
  ['koa', 'koa', 'loads'],
  ['pg', 'postgres', 'loads'],
  ['redis', 'redis', 'loads'],
  ['undici', 'undici', 'fails to send'],
];

test('the table has every peer', () => {
  expect(PEERS.map(([peer]) => peer)).toEqual(Object.keys(peerDependencies));
});

describe.each(Object.keys(FORMATS) as Format[])('without its peers, as %s', (format) => {
  test.each(PEERS)('%s: kiip-s2s/%s %s', (peer, subpath, result) => {
    const loaded = run(format, `return load('kiip-s2s/${subpath}').then(() => 'loads')${catchAll}`);
    if (result !== 'fails to load') return expect(loaded).toBe('loads');
    // Node's own error, which names the package.
    return expect(loaded).toMatchObject({
      code: format === 'mjs' ? 'ERR_MODULE_NOT_FOUND' : 'MODULE_NOT_FOUND',
      message: expect.stringContaining(`'${peer}'`) as string,
    });
  });

  test('every call on undici is a KiipConfigError that names it, nothing is sent, and close() resolves', () => {
    const program = `
      const { undiciTransport } = await load('kiip-s2s/undici');
      const { KiipClient } = await load('kiip-s2s');
      const server = (await load('node:net')).createServer();
      let connections = 0;
      server.on('connection', () => (connections += 1));
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = 'http://127.0.0.1:' + server.address().port;
      const transport = undiciTransport();
      const client = new KiipClient({ appKey: 'x', appVersion: '1', test: true, baseUrl: url, transport });
      const context = { device: { id: 'x', os: 'iOS 18', lang: 'en', locale: 'en_US' }, connection: { ip: '8.8.8.8' } };
      const errors = [
        await client.moment('m', context)${catchAll},
        await client.startSession(context)${catchAll},
        await transport.send({ url, headers: {}, body: '{}', timeoutMs: 1000, maxResponseBytes: 1000 })${catchAll},
      ];
      const closed = [await client.close(), await transport.close()].length;
      server.close();
      return { errors, connections, closed };`;
    const error = {
      name: 'KiipConfigError',
      code: 'config',
      message: expect.stringMatching(/module undici cannot be loaded.*Install it.*Nothing was sent/) as string,
      issues: [{ path: 'undici', message: 'cannot be loaded' }],
    };
    expect(run(format, program)).toEqual({ errors: [error, error, error], connections: 0, closed: 2 });
  });
});

test.each([
  ['DATABASE_URL', 'postgres://127.0.0.1:1/game', 'pg'],
  ['REDIS_URL', 'redis://127.0.0.1:1', 'redis'],
])('the command line without a driver for %s says what to install', (variable, url, driver) => {
  const cli = join(folder, 'node_modules/kiip-s2s/dist/esm/cli/main.js');
  const child = spawnSync(process.execPath, [cli, 'ledger', 'reward-1'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], [variable]: url },
    encoding: 'utf8',
  });
  expect(child.status).not.toBe(0);
  expect(child.stderr).toContain(`${variable} is set, but this project has no driver for it: npm install ${driver}.`);
});
