import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.js';

/** A ledger in a process of its own. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #serial = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ serial, answer }: FromWorker) => this.#settle(serial, answer));
    child.on('exit', () => {
      for (const serial of [...this.#waiting.keys()]) this.#settle(serial, 'killed');
    });
  }

  static async start(program: string, file: string, options: WorkerOptions): Promise<Worker> {
    const child = fork(file, {
      execPath: program,
      execArgv: [],
      env: {
        ...process.env,
        SQLITE_WORKER: JSON.stringify(options),
        NODE_PATH: join(process.cwd(), 'node_modules'),
        NODE_NO_WARNINGS: '1',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new Worker(child);
  }

  /** `processed`, `duplicate`, `busy`, why it failed, or `killed`. */
  deliver(id: string): Promise<unknown> {
    return this.#ask(id);
  }

  async countCredits(): Promise<{ callbacks: number; repeats: number }> {
    return (await this.#ask(null)) as { callbacks: number; repeats: number };
  }

  /** As the kernel does it when memory runs out: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #ask(id: string | null): Promise<unknown> {
    const message: ToWorker = { serial: (this.#serial += 1), id };
    return new Promise((resolve) => {
      this.#waiting.set(message.serial, resolve);
      this.#child.send(message, (error) => {
        if (error !== null) this.#settle(message.serial, 'killed');
      });
    });
  }

  #settle(serial: number, answer: unknown): void {
    this.#waiting.get(serial)?.(answer);
    this.#waiting.delete(serial);
  }
}
