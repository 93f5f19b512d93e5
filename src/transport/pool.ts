import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/** Node servers close an idle connection after 5 s without saying so in time: ours is gone before. */
const IDLE_MS = 4_000;
/** What a server's `Keep-Alive: timeout` is shortened by: the time its notice of closing may need to get here. */
const MARGIN_MS = 1_000;

const kIdleMs = Symbol('idleMs');
const kRetireAt = Symbol('retireAt');

interface PooledSocket extends Socket {
  [kIdleMs]?: number;
  [kRetireAt]?: number;
}

/** Called with the `Keep-Alive` header of an answer, before its connection returns to the pool. */
export function noteKeepAlive(socket: Socket | null, header: string): void {
  const seconds = /timeout\s*=\s*"?(\d+)/i.exec(header)?.[1];
  if (socket === null || seconds === undefined) return;
  (socket as PooledSocket)[kIdleMs] = Math.min(IDLE_MS, Number(seconds) * 1_000 - MARGIN_MS);
}

/** Decides whether a connection is kept, and until when. `false` closes it. */
function park(duplex: Duplex): boolean {
  const socket = duplex as PooledSocket;
  const idleMs = socket[kIdleMs] ?? IDLE_MS;
  if (idleMs <= 0) return false;
  socket[kRetireAt] = performance.now() + idleMs;
  socket.unref();
  // The agent closes a socket that times out while idle. The limit may stay set: it is only looked at in the pool.
  if (socket.timeout !== idleMs) socket.setTimeout(idleMs);
  return true;
}

interface NameOptions {
  readonly originKey?: string;
}

const POOL = { keepAlive: true, scheduling: 'lifo', maxFreeSockets: Infinity } as const;

class PlainAgent extends http.Agent {
  override keepSocketAlive(socket: Duplex): boolean {
    return park(socket);
  }
  /** The name is asked for several times a call; the requests of this package bring it along. */
  override getName(options?: http.ClientRequestArgs & NameOptions): string {
    return options?.originKey ?? super.getName(options);
  }
}

class SecureAgent extends https.Agent {
  override keepSocketAlive(socket: Duplex): boolean {
    return park(socket);
  }
  override getName(options?: https.RequestOptions & NameOptions): string {
    return options?.originKey ?? super.getName(options);
  }
}

export type PoolAgent = PlainAgent | SecureAgent;

export function createPoolAgent(secure: boolean): PoolAgent {
  return secure ? new SecureAgent(POOL) : new PlainAgent(POOL);
}

/**
 * Closes what must not be used for the next request: with `all` every idle connection to the origin, otherwise those whose time is
 * up. Timers alone would be too late after the event loop was blocked.
 */
export function dropStale(agent: http.Agent, name: string, all: boolean): void {
  const idle: readonly PooledSocket[] | undefined = agent.freeSockets[name];
  if (idle === undefined) return;
  // The agent hands out the newest one and skips closed ones only from the front: none may be closed unless all are.
  const newest = idle[idle.length - 1];
  if (!all && (newest?.[kRetireAt] ?? Infinity) > performance.now()) return;
  for (const socket of idle.slice()) socket.destroy();
}
