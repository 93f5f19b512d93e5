import { IDLE_MS, LONGEST_MS, MARGIN_MS, readIdleMs } from '../idle-limit.js';
import type { DispatcherLike, Lease } from './dispatcher.js';

interface Socket {
  destroy(): void;
}

interface Client extends DispatcherLike {
  on(event: 'disconnect', listener: () => void): unknown;
  destroy(): Promise<void>;
}

/** The part of undici that is needed. */
export interface Undici {
  Client: new (origin: string, options: object) => Client;
  buildConnector(options: object): (options: never, callback: never) => unknown;
}

/** Makes undici close idle connections by the limits of our own pool. */
const CLIENT_OPTIONS = {
  allowH2: false,
  keepAliveTimeout: IDLE_MS,
  keepAliveTimeoutThreshold: MARGIN_MS,
  keepAliveMaxTimeout: LONGEST_MS,
} as const;

/** An undici `Client` with one connection, for one request at a time. */
class LeasedClient implements Lease {
  readonly dispatcher: Client;
  readonly #stack: ClientStack;
  readonly #origin: string;
  #socket: Socket | undefined;
  #retireAt = 0;
  /** `#retireAt` by the wall clock, which keeps running while the machine sleeps. */
  #retireAtDate = 0;

  constructor(stack: ClientStack, { Client, connect }: Parts, origin: string) {
    this.#stack = stack;
    this.#origin = origin;
    const connectAndKeep = (options: never, callback: never): void => {
      this.#socket = connect(options, callback) as Socket | undefined;
    };
    this.dispatcher = new Client(origin, { ...CLIENT_OPTIONS, connect: connectAndKeep });
    this.dispatcher.on('disconnect', () => {
      if (this.#stack.forget(this.#origin, this)) void this.dispatcher.destroy();
    });
  }

  /** Whether the server should still hold the connection open. Checks the clocks, because timers run late after the event loop was blocked. */
  get isFresh(): boolean {
    return performance.now() < this.#retireAt && Date.now() < this.#retireAtDate;
  }

  release(keepAlive: string): void {
    const idleMs = readIdleMs(keepAlive);
    this.#retireAt = performance.now() + idleMs;
    this.#retireAtDate = Date.now() + idleMs;
    if (idleMs <= 0 || !this.#stack.park(this.#origin, this)) this.discard();
  }

  discard(): void {
    void this.dispatcher.destroy();
    // undici does not interrupt a connection that is still being made.
    this.#socket?.destroy();
  }
}

interface Parts {
  readonly Client: Undici['Client'];
  readonly connect: ReturnType<Undici['buildConnector']>;
}

/**
 * The idle clients, most recently used first. undici's own `Pool` searches its clients one by one, which costs more than a request when hundreds
 * are in use.
 */
export class ClientStack {
  readonly #parts: Parts;
  readonly #idle = new Map<string, LeasedClient[]>();
  #closed = false;

  constructor({ Client, buildConnector }: Undici) {
    // The attempt's own time limit covers connecting.
    this.#parts = { Client, connect: buildConnector({ timeout: 0, allowH2: false }) };
  }

  take(origin: string, { freshConnection }: { readonly freshConnection: boolean }): Lease {
    if (freshConnection) this.#drop(origin);
    const idle = this.#idle.get(origin);
    for (let client = idle?.pop(); client !== undefined; client = idle?.pop()) {
      if (client.isFresh) return client;
      client.discard();
    }
    return new LeasedClient(this, this.#parts, origin);
  }

  /** Takes a client back; returns `false` if the stack is closed. */
  park(origin: string, client: LeasedClient): boolean {
    if (this.#closed) return false;
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [client]);
    else idle.push(client);
    return true;
  }

  /** Removes a client; returns whether it was idle. */
  forget(origin: string, client: LeasedClient): boolean {
    const idle = this.#idle.get(origin);
    const index = idle?.indexOf(client) ?? -1;
    if (index >= 0) idle?.splice(index, 1);
    if (idle?.length === 0) this.#idle.delete(origin);
    return index >= 0;
  }

  /** Closes idle clients immediately; those in use close when their answer is complete. */
  close(): void {
    this.#closed = true;
    for (const origin of [...this.#idle.keys()]) this.#drop(origin);
  }

  #drop(origin: string): void {
    const idle = this.#idle.get(origin) ?? [];
    this.#idle.delete(origin);
    for (const client of idle) client.discard();
  }
}
