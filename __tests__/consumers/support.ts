import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const repo = resolve('.');
/** Everything that the suite writes; the suite's last step removes it. */
export const folder = mkdtempSync(join(tmpdir(), 'kiip-consumers-'));
export const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false', NODE_OPTIONS: '' };

export const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
export const node = (cwd: string, ...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(repo, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

export function write(file: string, content: string | object): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}

/** Runs a TypeScript compiler of this repository; returns what it complains about. */
export function tsc(compiler: string, cwd: string, ...args: string[]): string {
  try {
    return node(cwd, join(repo, 'node_modules', compiler, 'bin/tsc'), ...args);
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

/** The exact tarball that would be published. */
export function pack(): string {
  const packed = npm(repo, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  return join(folder, (JSON.parse(packed) as { filename: string }[])[0]?.filename ?? '');
}

/** A folder with the tarball installed as a user installs it, and nothing else but the packages named. */
export function install(name: string, tarball: string, ...packages: string[]): string {
  write(join(name, 'package.json'), { name: 'consumer', private: true });
  const root = join(folder, name);
  npm(root, 'install', '--prefer-offline', '--omit=optional', tarball, ...packages);
  return root;
}
