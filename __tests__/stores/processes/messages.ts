/** What a worker process is started with, as JSON in its environment. */
export interface WorkerOptions {
  readonly store: 'postgres' | 'ioredis' | 'node-redis' | 'kysely' | 'mysql2' | 'libsql';
  readonly url: string;
  readonly secret: string;
  /** When a worker is given up: `leaseMs` or `stalledAfterMs`. */
  readonly stallMs: number;
  /** How the handler behaves: credits at once, or stops in its middle until the parent says `go`. */
  readonly handler: 'credit' | 'hold';
  /** Whether the worker has a reward book on the same store, and refuses rewards that it does not know. */
  readonly refusesUnknown?: boolean;
}

/** Worker to parent. */
export type WorkerMessage = { readonly kind: 'listening'; readonly port: number } | { readonly kind: 'entered' };

/** Parent to worker. */
export type ParentMessage = 'go';
