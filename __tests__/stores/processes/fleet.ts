import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { signCallback } from '../../../src/callbacks/index.js';
import type { ParentMessage, WorkerMessage, WorkerOptions } from './messages.js';

export const SECRET = 'the app secret of the process tests';

/** A signed redemption of `quantity` coins for `player`, as the platform would POST it. */
export function redemption(transactionId: string, player: string, quantity: number): string {
  const fields = { content: 'coins', name: 'Coins', quantity, userId: player, transactionId };
  const signature = signCallback(fields, SECRET);
  const { content, name } = fields;
  return JSON.stringify({ content, name, quantity, user_id: player, transaction_id: transactionId, signature });
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A receiver in a process of its own. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(file: string, options: WorkerOptions): Promise<Worker> {
    const child = fork(file, {
      env: { ...process.env, WORKER: JSON.stringify(options) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await once(child, 'message')) as [WorkerMessage];
    if (message.kind !== 'listening') throw new Error(`the worker began with ${message.kind}`);
    return new Worker(child, message.port);
  }

  async deliver(body: string): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return { status: response.status, body: await response.text() };
  }

  /** Delivers to a worker that holds: resolves when its handler is in its middle; `answer` comes when it went on, or never. */
  async deliverAndHold(body: string): Promise<{ answer: Promise<Answer | 'cut off'> }> {
    const listening = new AbortController();
    const entered = once(this.#child, 'message', { signal: listening.signal }).catch(() => null);
    const answer = this.deliver(body).catch(() => 'cut off' as const);
    const early = await Promise.race([entered, answer]);
    listening.abort();
    if (!Array.isArray(early)) throw new Error(`answered before its middle: ${JSON.stringify(early)}`);
    return { answer };
  }

  go(): void {
    const message: ParentMessage = 'go';
    this.#child.send(message);
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** As the kernel does it when memory runs out: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    if (!this.alive) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** Bundles the scripts of this folder with all they need, since a child process has nothing that reads TypeScript and little time to start. */
export function bundle(): { worker: string; migrate: string; consent: string; remove(): void } {
  const outdir = mkdtempSync(join(tmpdir(), 'kiip-processes-'));
  const entryPoints = ['worker', 'migrate', 'consent'].map((name) => join(__dirname, `${name}.ts`));
  buildSync({
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    external: ['pg-native'],
    outExtension: { '.js': '.cjs' },
  });
  const file = (name: string): string => join(outdir, `${name}.cjs`);
  return {
    worker: file('worker'),
    migrate: file('migrate'),
    consent: file('consent'),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}

/** Until a delivery is no longer refused as busy; what a platform that redelivers would see. */
export async function redeliver(worker: Worker, body: string): Promise<Answer> {
  for (;;) {
    const answer = await worker.deliver(body);
    if (answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
