import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { signCallback } from 'kiip-s2s/callbacks';

export const SECRET = 'the app secret of the examples';

/** The signed body of a redemption, as the platform would POST it. */
export function redemption(transactionId: string, player: string, quantity: number): string {
  const signature = signCallback({ content: 'coins', name: 'Coins', quantity, userId: player, transactionId }, SECRET);
  return JSON.stringify({
    content: 'coins',
    name: 'Coins',
    quantity,
    user_id: player,
    transaction_id: transactionId,
    signature,
  });
}

/** A file of `examples/`, bundled as its header says (the subpaths of the package come from tsconfig.json) and run by Node. */
export class Example {
  readonly #folder: string;
  readonly #child: ChildProcess;
  output = '';

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  static async start(file: string, env: Record<string, string>): Promise<Example> {
    // Inside node_modules, so that the packages left out of the bundle are found.
    const folder = mkdtempSync(join('node_modules', '.kiip-example-'));
    const outfile = join(folder, 'example.mjs');
    const entryPoints = [join('examples', file)];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      tsconfig: 'tsconfig.json',
    });
    return new Example(
      folder,
      spawn(process.execPath, [outfile], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** The port it says it listens on. */
  async port(): Promise<number> {
    for (;;) {
      const port = /listening on port (\d+)/.exec(this.output)?.[1];
      if (port !== undefined) return Number(port);
      if (this.#child.exitCode !== null) throw new Error(`the example ended: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Resolves with the exit code; SIGTERM first for those that would run for ever. */
  async end(signal?: 'SIGTERM'): Promise<number | null> {
    const exited = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : null;
    if (signal !== undefined) this.#child.kill(signal);
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode;
  }
}

export interface Delivery {
  readonly status: number;
  readonly body: string;
}

export async function deliver(port: number, body: string): Promise<Delivery> {
  const response = await fetch(`http://127.0.0.1:${port}/kiip/callback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body,
  });
  return { status: response.status, body: await response.text() };
}

/** What every example must do with one callback: credit it once, refuse its replay, its re-cut and a forgery. */
export async function expectCreditedOnce(
  send: (body: string) => Promise<Delivery>,
  coins: () => Promise<number>,
): Promise<void> {
  const body = redemption('reward-1', '7 ann', 20);
  const recut = body.replace('"quantity":20', '"quantity":207').replace('"7 ann"', '" ann"');
  expect(await send(body.replace('"quantity":20', '"quantity":2000'))).toMatchObject({ status: 401 });
  expect(await coins()).toBe(0);
  expect(await send(body)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
  expect(await send(body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
  expect(await send(recut)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
  expect(await coins()).toBe(20);
}
