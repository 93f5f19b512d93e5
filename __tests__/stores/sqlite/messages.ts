/** What a worker process is started with, as JSON in its environment. */
export interface WorkerOptions {
  readonly path: string;
  readonly credits: string;
  readonly store: 'node:sqlite' | 'libsql';
}

/** Parent to worker: deliver a callback, or `null`: say what was credited. */
export interface ToWorker {
  readonly serial: number;
  readonly id: string | null;
}

/** Worker to parent. */
export interface FromWorker {
  readonly serial: number;
  readonly answer: unknown;
}
