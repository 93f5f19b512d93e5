import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { defineBrowserScripts } from '../../scripts/browser-scripts.cjs';

const ROOT = join(__dirname, '..', '..');

// A process that takes half a second by itself takes many on a machine that does ten other things.
jest.setTimeout(90_000);

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** What the machine that runs the tests may have set must not decide them. */
function cleanEnvironment(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:KIIP_|KAMINARI_|NO_COLOR$|FORCE_COLOR$|NODE_|.*_PROXY$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), ...env };
}

/** The real command line, bundled with its packages as the published one is with zod, as child processes. */
export class CommandLine {
  readonly file: string;
  readonly folder: string;
  readonly #children = new Set<ChildProcessWithoutNullStreams>();

  private constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'main.cjs');
  }

  static async build(): Promise<CommandLine> {
    mkdirSync(join(ROOT, 'temp'), { recursive: true });
    const cli = new CommandLine(mkdtempSync(join(ROOT, 'temp', 'cli-')));
    await build({
      entryPoints: [join(ROOT, 'src', 'cli', 'main.ts')],
      outfile: cli.file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      define: defineBrowserScripts(),
      logLevel: 'warning',
    });
    return cli;
  }

  start(args: readonly string[], { env, input }: RunOptions = {}): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [this.file, ...args], { env: cleanEnvironment(env), cwd: this.folder });
    // A command that does not read its input may be gone before it is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return finished(this.start(args, options));
  }

  /** Under a pseudo-terminal of util-linux's `script`. */
  async runOnTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const command = [process.execPath, this.file, ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: cleanEnvironment({ TERM: 'xterm', ...env }) });
    child.stdin.end();
    return finished(child);
  }

  /** Leaves nothing behind, a test that failed half-way included. */
  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Resolves with everything printed so far once it holds `text`; rejects when the process ends without having said it. */
export function saysOn(child: ChildProcessWithoutNullStreams, text: string | RegExp): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (typeof text === 'string' ? said.includes(text) : text.test(said)) resolve(said);
    });
    child.once('close', () => reject(new Error(`it never said ${String(text)}: ${said}`)));
  });
}

/** The one JSON value that a command printed. */
export function jsonOf<T>({ stdout }: Pick<Finished, 'stdout'>): T {
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as T;
}
