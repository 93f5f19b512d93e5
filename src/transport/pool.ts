import type { Socket } from 'node:net';
import { IDLE_MS, readIdleMs } from './idle-limit.js';

const kState = Symbol('pooled');

/** The pool's record of one connection. */
interface State {
  readonly pool: Pool;
  readonly origin: string;
  idle: boolean;
  /** The last `Keep-Alive` header; `idleMs` is its meaning. */
  keepAlive: string;
  idleMs: number;
  retireAt: number;
  /** `retireAt` by the wall clock, which keeps running while the machine sleeps. */
  retireAtDate: number;
  bytesRead: number;
}

export interface PooledSocket extends Socket {
  [kState]: State;
  /** Node's reference to the request in progress. Clear it, as Node's agents do, or an idle socket keeps a whole request in memory. */
  _httpMessage?: unknown;
}

/** Notes the `Keep-Alive` header of an answer. Call it before the connection returns to the pool. */
export function noteKeepAlive(socket: Socket | null, header: string): void {
  const state = (socket as Partial<PooledSocket> | null)?.[kState];
  // Skip the parsing: a server usually repeats the same header.
  if (state === undefined || header === state.keepAlive) return;
  state.keepAlive = header;
  state.idleMs = readIdleMs(header);
}

function onFree(this: PooledSocket): void {
  this[kState].pool.park(this, this[kState]);
}

function onIdleTimeout(this: PooledSocket): void {
  if (this[kState].idle) this.destroy();
}

function onGone(this: PooledSocket): void {
  this[kState].pool.forget(this, this[kState]);
}

/** Catches a reset of an idle connection, which would otherwise be an uncaught error. In use, the request hears it too. */
function onError(): void {}

/** The idle connections of one agent, most recently used first. The client limits how many are in use. */
export class Pool {
  readonly #idle = new Map<string, PooledSocket[]>();
  #closed = false;

  /** Takes an idle connection that is safe to reuse. */
  take(origin: string): Socket | undefined {
    const idle = this.#idle.get(origin);
    if (idle === undefined || idle.length === 0) return undefined;
    const now = performance.now();
    const date = Date.now();
    for (let socket = idle.pop(); socket !== undefined; socket = idle.pop()) {
      const state = socket[kState];
      // Check the clock again, because timers run late after the event loop was blocked. Refuse a connection with unrequested bytes, which would
      // read as the answer to the next request.
      if (
        now < state.retireAt &&
        date < state.retireAtDate &&
        socket.writable &&
        socket.bytesRead === state.bytesRead
      ) {
        state.idle = false;
        socket.ref();
        return socket;
      }
      socket.destroy();
    }
    return undefined;
  }

  adopt(origin: string, socket: PooledSocket): void {
    socket[kState] = {
      pool: this,
      origin,
      idle: false,
      keepAlive: '',
      idleMs: IDLE_MS,
      retireAt: 0,
      retireAtDate: 0,
      bytesRead: 0,
    };
    socket.on('free', onFree);
    socket.on('timeout', onIdleTimeout);
    socket.on('agentRemove', onGone);
    socket.on('close', onGone);
    socket.on('error', onError);
  }

  park(socket: PooledSocket, state: State): void {
    socket._httpMessage = null;
    if (this.#closed || state.idleMs <= 0 || !socket.writable) {
      socket.destroy();
      return;
    }
    state.idle = true;
    state.retireAt = performance.now() + state.idleMs;
    state.retireAtDate = Date.now() + state.idleMs;
    state.bytesRead = socket.bytesRead;
    socket.unref();
    // Leave the timeout set while in use: it has no effect then, and every byte restarts it.
    if (socket.timeout !== state.idleMs) socket.setTimeout(state.idleMs);
    const idle = this.#idle.get(state.origin);
    if (idle === undefined) this.#idle.set(state.origin, [socket]);
    else idle.push(socket);
  }

  forget(socket: PooledSocket, state: State): void {
    if (!state.idle) return;
    state.idle = false;
    const idle = this.#idle.get(state.origin) ?? [];
    const index = idle.indexOf(socket);
    if (index >= 0) idle.splice(index, 1);
    if (idle.length === 0) this.#idle.delete(state.origin);
  }

  drop(origin: string): void {
    for (const socket of this.#idle.get(origin)?.slice() ?? []) socket.destroy();
    this.#idle.delete(origin);
  }

  /** Closes idle connections immediately; those in use close when their answer is complete. */
  close(): void {
    this.#closed = true;
    for (const origin of [...this.#idle.keys()]) this.drop(origin);
  }
}
