import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KiipConfigError } from '../errors/index.js';
import { Callbacks } from './callbacks/callbacks.js';
import { controlRoutes } from './control/routes.js';
import { baseUrl, HostGuard } from './http/hosts.js';
import { Router } from './http/router.js';
import { kaminariRoutes } from './kaminari/routes.js';
import { resolveOptions, type ResolvedOptions } from './resolve-options.js';
import { pageRoutes } from './pages/page-routes.js';
import { platformRoutes } from './platform/routes.js';
import { RunningSandbox } from './running-sandbox.js';
import type { SandboxOptions } from './sandbox-options.js';
import type { Sandbox } from './sandbox.js';
import { createSandboxServer } from './server.js';
import { SandboxState } from './state.js';

/** Many clients may connect at once in a load test; the system caps this at its own limit. */
const BACKLOG = 4_096;

/**
 * Starts a server that behaves like the platform and Kaminari as documented, for development, tests and smoke checks without an account.
 * It listens on loopback unless you set `host`. `docs/sandbox.md` lists what it cannot know.
 *
 * @throws KiipConfigError when an option is wrong (all problems at once), it cannot listen on the port, or it cannot use the state file.
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { startSandbox } from 'kiip-s2s/sandbox';
 *
 * await using sandbox = await startSandbox();
 * await using client = new KiipClient({ appKey: sandbox.appKey, appVersion: '1', test: true, baseUrl: sandbox.url });
 * // … client.moment(…) now gets a test reward, and sandbox.requests shows what was sent.
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const state = new SandboxState(resolved);
  const callbacks = new Callbacks(state);
  const sandbox = new RunningSandbox(state, callbacks);
  const server = createSandboxServer({
    hosts: new HostGuard(resolved),
    router: new Router([
      ...platformRoutes(state),
      ...kaminariRoutes(state),
      ...pageRoutes({ state, callbacks, sandbox }),
      ...controlRoutes(sandbox),
    ]),
    faults: state.faults,
    recorder: state.recorder,
    maxBodyBytes: resolved.maxBodyBytes,
  });
  try {
    await listen(server, resolved);
  } catch (error) {
    state.close();
    throw error;
  }
  state.url = baseUrl(resolved.host, (server.address() as AddressInfo).port);
  sandbox.serve(server);
  return sandbox;
}

async function listen(server: Server, { port, host, unref }: ResolvedOptions): Promise<void> {
  if (unref) server.unref().on('connection', (socket) => socket.unref());
  server.listen({ port, host, backlog: BACKLOG });
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown reason';
    throw new KiipConfigError(
      `The sandbox cannot listen on ${host}, port ${port} (${code}): choose another port, or 0 for any free one.`,
    );
  }
}
