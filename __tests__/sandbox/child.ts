import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { SandboxOptions } from 'kiip-s2s/sandbox';
import { defineBrowserScripts } from '../../scripts/browser-scripts.cjs';

/** Sandboxes in processes of their own, and a folder for their files. */
export class SandboxProcesses {
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();

  private constructor() {
    mkdirSync('temp', { recursive: true });
    this.folder = mkdtempSync('temp/sandbox-');
  }

  static async build(): Promise<SandboxProcesses> {
    const processes = new SandboxProcesses();
    await build({
      entryPoints: ['__tests__/sandbox/processes/sandbox-process.ts'],
      outfile: join(processes.folder, 'sandbox.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      define: defineBrowserScripts(),
      logLevel: 'warning',
    });
    return processes;
  }

  spawn(options: SandboxOptions): ChildProcess {
    const file = join(this.folder, 'sandbox.cjs');
    const child = spawn(process.execPath, [file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    return child;
  }

  async start(options: SandboxOptions): Promise<{ child: ChildProcess; url: string }> {
    const child = this.spawn(options);
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    return { child, url: line.toString().trim() };
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
