import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { startSandbox } from 'kiip-s2s/sandbox';
import { Workshop } from '../hosts/programs.js';
import { freePort, locate, type ServiceName } from '../support/services.js';
import type { Servers } from './programs/portable.js';

jest.setTimeout(180_000);

type Results = Readonly<Record<string, string>>;

const PERMISSIONS = ['--allow-net', '--allow-env', '--allow-read'];
const FULL = [
  'callbacks: sign and verify',
  'receiver through callbackFetch',
  'webview',
  'consent',
  'builders and parsers',
  'clients on fetchTransport()',
  'client with its default transport',
  'sandbox',
  'opentelemetry',
];
const PORTABLE = FULL.slice(0, 6);
const columns: { readonly name: string; readonly results: Results }[] = [];

const workshop = new Workshop();
// Bun would take the paths of this repository's own, and run the sources.
writeFileSync(join(workshop.folder, 'tsconfig.json'), '{}');
const servers = startServers();
afterAll(async () => {
  await (await servers).close();
  await workshop.close();
});
const program = (name: string): string => `__tests__/runtimes/programs/${name}.ts`;
const bin = (...path: string[]): string => resolve('node_modules', ...path);
const readVersion = (name: string): string =>
  (JSON.parse(readFileSync(bin(name, 'package.json'), 'utf8')) as { version: string }).version;
const full = workshop.build(program('full'), { packages: 'external', platform: 'node' });

/** What the clients talk to, as JSON for the programs. */
async function startServers(): Promise<{ readonly json: string; close(): Promise<void> }> {
  const sandbox = await startSandbox();
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const toUrl = (port: number): string => `http://127.0.0.1:${port}`;
  const known: Servers = {
    sandbox: sandbox.url,
    appKey: sandbox.appKey,
    closed: toUrl(await freePort()),
    silent: toUrl((silent.address() as AddressInfo).port),
  };
  return {
    json: JSON.stringify(known),
    async close() {
      silent.closeAllConnections();
      silent.close();
      await sandbox.close();
    },
  };
}

async function readResults(name: string, command: string, parameters: readonly string[]): Promise<Results> {
  const child = workshop.run(command, parameters, { NODE_NO_WARNINGS: '1' });
  const code = await child.end();
  const line = child.output.split('\n').find((text) => text.startsWith('{"callbacks'));
  if (code !== 0 || line === undefined) throw new Error(`${name} ended with ${code}: ${child.output}`);
  const results = JSON.parse(line) as Results;
  columns.push({ name, results });
  return results;
}

const expectAll = (parts: readonly string[]): Results => Object.fromEntries(parts.map((part) => [part, 'works']));

describe.each(['20', '22', '24', '26'])('Node %s', (major) => {
  const file = major === '20' ? process.execPath : locate(`node${major}` as ServiceName);
  test('runs everything', async () => {
    expect(file).not.toBeNull();
    expect(await readResults(`Node ${major}`, file ?? '', [await full, (await servers).json])).toEqual(expectAll(FULL));
  });
});

test('Bun runs everything', async () => {
  expect(await readResults('Bun', bin('.bin', 'bun'), [await full, (await servers).json])).toEqual(expectAll(FULL));
});

test('Deno runs everything with three permissions', async () => {
  const flags = [...PERMISSIONS, '--no-remote', '--node-modules-dir=manual'];
  const deno = [bin('deno', 'bin.cjs'), 'run', ...flags, await full, (await servers).json];
  expect(await readResults('Deno', process.execPath, deno)).toEqual(expectAll(FULL));
});

test.each([
  ['workerd', []],
  ['workerd, nodejs_compat', ['nodejs_compat']],
])('%s runs what needs no Node', async (name, flags) => {
  const worker = await workshop.build(program('worker'), {
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
  });
  const miniflare = await workshop.build(program('miniflare'));
  const results = await readResults(name, process.execPath, [miniflare, worker, (await servers).json, ...flags]);
  expect(results).toEqual(expectAll(PORTABLE));
});

test('Next.js Edge runs what needs no Node', async () => {
  const folder = join(workshop.folder, 'next');
  mkdirSync(join(folder, 'app', 'parts'), { recursive: true });
  cpSync(program('portable'), join(folder, 'app', 'parts', 'portable.ts'));
  writeFileSync(
    join(folder, 'app', 'parts', 'route.ts'),
    `import { portable, runParts } from './portable';
export const runtime = 'edge';
export const dynamic = 'force-dynamic';
export const POST = async (request) =>
  Response.json({ ...(await runParts(portable, await request.json())), edge: typeof EdgeRuntime });
`,
  );
  writeFileSync(
    join(folder, 'next.config.mjs'),
    `export default { turbopack: { root: ${JSON.stringify(resolve('.'))} }, typescript: { ignoreBuildErrors: true } };\n`,
  );
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  writeFileSync(
    join(folder, 'app', 'layout.tsx'),
    'export default ({ children }: { children: React.ReactNode }) => <html lang="en"><body>{children}</body></html>;\n',
  );
  const env = { NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
  const next = bin('next', 'dist', 'bin', 'next');
  const building = workshop.run(process.execPath, [next, 'build', folder], env);
  if ((await building.end()) !== 0) throw new Error(building.output);
  const port = await freePort();
  const serving = workshop.run(process.execPath, [next, 'start', folder, '-p', String(port), '-H', '127.0.0.1'], env);
  const url = `http://127.0.0.1:${port}/parts`;
  const { json } = await servers;
  let response: Response | undefined;
  for (let attempt = 0; response === undefined && attempt < 300; attempt += 1) {
    response = await fetch(url, { method: 'POST', body: json }).catch(() => undefined);
    if (response === undefined) await new Promise((done) => setTimeout(done, 100));
  }
  const text = (await response?.text()) ?? '';
  if (!text.startsWith('{')) throw new Error(`${text.slice(0, 300)} ${serving.output}`);
  const { edge, ...results } = JSON.parse(text) as Results;
  columns.push({ name: 'Next.js Edge', results });
  expect(edge).toBe('string');
  expect(results).toEqual(expectAll(PORTABLE));
});

test('docs/runtimes.md has the table that came of it', () => {
  const heading = ['part', ...columns.map(({ name }) => name)];
  const rows = FULL.map((part) => [
    part,
    ...columns.map(({ results }) => (results[part] === undefined ? '–' : results[part])),
  ]);
  const table = [heading, ...rows].map((row) => `| ${row.join(' | ')} |`);
  const made = { Bun: 'bun', Deno: 'deno', workerd: 'workerd', 'Next.js': 'next' };
  const versions = Object.entries(made).map(([name, folder]) => `${name} ${readVersion(folder)}`);
  process.stdout.write(`${table.join('\n')}\n${versions.join(', ')}\n`);
  const page = readFileSync('docs/runtimes.md', 'utf8');
  const printed = page.split('\n').filter((line) => line.startsWith('|') && !/^\|[ |-]+\|$/.test(line));
  expect(printed.map((line) => line.replace(/ +/g, ' '))).toEqual(table);
  expect(page).toContain(`printed this table, with ${versions.join(', ')}.`);
  expect(page).toContain(PERMISSIONS.join(' '));
});
