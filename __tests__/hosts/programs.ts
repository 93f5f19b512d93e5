import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, type BuildOptions } from 'esbuild';
import type { Line } from './programs/receiver.js';

/** A host that answers, wherever it runs. */
export interface RunningHost {
  readonly host: string;
  readonly version: string;
  readonly url: string;
  /** The coins that a player has. */
  countCoins(userId: string): Promise<number>;
  /** Makes a player known to the host that looks players up in a database. */
  addPlayer?(userId: string): Promise<void>;
  /** What the receiver's `onRefused` heard so far: code and advice. */
  listRefusals(): readonly string[];
}

const WAIT_MS = 120_000;

export async function waitFor<T>(find: () => T | undefined, what: () => string): Promise<T> {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what()}`);
    await sleep(20);
  }
}

/** A program in a folder that has this package, as built, among its `node_modules`. */
export class Workshop {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];

  constructor() {
    mkdirSync('temp', { recursive: true });
    this.folder = mkdtempSync(resolve('temp', 'hosts-'));
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(resolve('.'), join(this.folder, 'node_modules', 'kiip-s2s'), 'dir');
    writeFileSync(join(this.folder, 'package.json'), '{"private":true,"type":"module"}');
  }

  /** Builds a program; by default what it imports from packages stays outside. */
  async build(file: string, options: BuildOptions = { packages: 'external', platform: 'node' }): Promise<string> {
    const outfile = join(this.folder, `${basename(file, '.ts')}.mjs`);
    await build({
      entryPoints: [file],
      outfile,
      bundle: true,
      format: 'esm',
      target: 'es2022',
      // Without the paths of tsconfig.json, so that `kiip-s2s/…` is the package and not its sources.
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
      logLevel: 'silent',
      ...options,
    });
    return outfile;
  }

  /** Starts a command in the folder and hands over each line it writes. */
  run(command: string, parameters: readonly string[], env: Record<string, string>): Program {
    const child = spawn(command, parameters, {
      cwd: this.folder,
      env: { ...process.env, ROOT: resolve('.'), NODE_ENV: 'production', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, since Deno, Next.js and miniflare have children in turn.
      detached: true,
    });
    this.#children.push(child);
    return new Program(child);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        const { pid, exitCode, signalCode } = child;
        if (pid === undefined || exitCode !== null || signalCode !== null) return;
        const gone = new Promise((done) => child.once('exit', done));
        process.kill(-pid, 'SIGKILL');
        await gone;
      }),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Program {
  readonly #child: ChildProcess;
  readonly lines: Line[] = [];
  output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    let rest = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
      const complete = (rest + chunk.toString()).split('\n');
      rest = complete.pop() ?? '';
      for (const line of complete) if (line.startsWith('{"kind":')) this.lines.push(JSON.parse(line) as Line);
    });
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** The exit code, once there is one. */
  async end(): Promise<number> {
    return waitFor(
      () => this.#child.exitCode ?? undefined,
      () => `an end: ${this.output}`,
    );
  }

  /** A host that this program serves. */
  async find(host: string): Promise<RunningHost> {
    const own = await waitFor(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`the program of ${host} ended: ${this.output}`);
        return this.lines.find((line) => line.kind === 'listening' && line.host === host);
      },
      () => `${host}: ${this.output}`,
    );
    if (own.kind !== 'listening') throw new Error(host);
    return {
      host,
      version: own.version,
      url: own.url,
      countCoins: async (userId) =>
        this.lines.reduce(
          (sum, line) =>
            line.kind === 'credited' && line.host === host && line.userId === userId ? sum + line.quantity : sum,
          0,
        ),
      listRefusals: () =>
        this.lines.flatMap((line) =>
          line.kind === 'refused' && line.host === host ? [`${line.code} ${line.advice}`] : [],
        ),
    };
  }
}
