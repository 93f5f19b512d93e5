import http from 'node:http';
import https from 'node:https';
import { Pool, type PooledSocket } from './pool.js';
import { openTunnel } from './tunnel.js';
import type { Target } from './target.js';

/** The options that our requests pass to a {@link PooledAgent}, on top of Node's own. */
interface PooledOptions {
  readonly target: Target;
  readonly freshConnection: boolean;
}

/** An agent with our pool; `close` lets requests in progress finish. */
export interface PooledAgent extends http.Agent {
  close(): void;
}

interface Connecting extends http.Agent {
  /** Documented, and missing from the types of Node 20. */
  createConnection(options: Record<string, unknown>): PooledSocket;
}

/**
 * Gives a request an idle connection of our pool, or opens one.
 *
 * Node's own pool takes a large part of a call: for each request it copies the options twice and builds the
 * connection's name three times. So we override `addRequest`, as other agent libraries (agent-base) do. Node still
 * makes the connections.
 */
function assign(agent: http.Agent, pool: Pool, request: http.ClientRequest, options: PooledOptions): void {
  const { target } = options;
  if (options.freshConnection) pool.drop(target.originKey);
  const idle = pool.take(target.originKey);
  if (idle === undefined) return open(agent, pool, request, target);
  request.reusedSocket = true;
  request.onSocket(idle);
}

function open(agent: http.Agent, pool: Pool, request: http.ClientRequest, target: Target): void {
  const { host, port, originKey, servername, tls, tunnel } = target;
  const connect = (via: Record<string, unknown>): void => {
    // https.Agent caches TLS sessions under `_agentKey`.
    const settings = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1_000, _agentKey: originKey };
    const socket = (agent as Connecting).createConnection({ ...tls, servername, ...settings, ...via });
    pool.adopt(originKey, socket);
    request.onSocket(socket);
  };
  if (tunnel === null) connect({ host, port });
  else openTunnel(tunnel, host, port, request, (socket) => connect({ socket }));
}

export function createPooledAgent(protocol: 'http' | 'https'): PooledAgent {
  const { Agent } = protocol === 'https' ? https : http;
  const agent = new Agent({ keepAlive: true });
  const pool = new Pool();
  return Object.assign(agent, {
    addRequest: (request: http.ClientRequest, options: PooledOptions) => assign(agent, pool, request, options),
    close: () => pool.close(),
  });
}

/** Closes the idle connections of the caller's agent to this origin, so that it opens a fresh one. */
export function dropIdle(agent: http.Agent & { readonly options?: object }, host: string, port: number): void {
  const name = agent.getName({ ...agent.options, host, port });
  for (const socket of agent.freeSockets[name]?.slice() ?? []) socket.destroy();
}
