import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KiipConfigError } from '../errors/index.js';
import { Callbacks } from './callbacks.js';
import { baseUrl, HostGuard } from './http/hosts.js';
import { Router } from './http/router.js';
import { kaminariRoutes, type KaminariSide } from './kaminari/routes.js';
import { resolveOptions, type ResolvedOptions } from './options.js';
import { pageRoutes } from './pages/page-routes.js';
import { platformRoutes } from './platform/routes.js';
import { createSandboxServer } from './server.js';
import { SandboxState } from './state.js';
import type { Sandbox, SandboxOptions } from './types.js';

/** Many clients may connect at once in a load test; the system caps this at its own limit. */
const BACKLOG = 4_096;

/**
 * Starts a server that behaves like the platform and like Kaminari as far as their documents tell: for development, tests and smoke
 * checks without an account. It listens on loopback unless `host` says otherwise. `docs/sandbox.md` says what it cannot know.
 *
 * @throws KiipConfigError when an option is wrong (all problems at once) or the port cannot be listened on.
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { startSandbox } from 'kiip-s2s/sandbox';
 *
 * const sandbox = await startSandbox();
 * const client = new KiipClient({ appKey: sandbox.appKey, appVersion: '1', test: true, baseUrl: sandbox.url });
 * // … client.moment(…) now gets a test reward, and sandbox.requests shows what was sent.
 * await client.close();
 * await sandbox.close();
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const state = new SandboxState(resolved);
  const callbacks = new Callbacks(state);
  const kaminari: KaminariSide = { pairing: state.pairing, notYet: 0 };
  const server = createSandboxServer({
    hosts: new HostGuard(resolved.host, resolved.allowedHosts),
    router: new Router([...platformRoutes(state), ...kaminariRoutes(kaminari), ...pageRoutes({ state, callbacks })]),
    faults: state.faults,
    recorder: state.recorder,
  });
  await listen(server, resolved);
  state.url = baseUrl(resolved.host, (server.address() as AddressInfo).port);
  return new RunningSandbox(state, callbacks, kaminari, server);
}

async function listen(server: Server, { port, host }: ResolvedOptions): Promise<void> {
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

/** Keeps what it holds in private fields: a sandbox that is printed shows no player's data and no secret. */
class RunningSandbox implements Sandbox {
  readonly #state: SandboxState;
  readonly #callbacks: Callbacks;
  readonly #server: Server;
  readonly kaminari: Sandbox['kaminari'];
  #closing: Promise<void> | undefined;

  constructor(state: SandboxState, callbacks: Callbacks, kaminari: KaminariSide, server: Server) {
    this.#state = state;
    this.#callbacks = callbacks;
    this.#server = server;
    this.kaminari = {
      answerNotYet: (times) => {
        if (!Number.isSafeInteger(times) || times < 0)
          throw new KiipConfigError('kaminari.answerNotYet() takes an integer of at least 0.');
        kaminari.notYet = times;
      },
      statistics: () => state.pairing.statistics(),
      advance: (ms) => state.pairing.advance(ms),
    };
  }

  get url(): string {
    return this.#state.url;
  }

  get appKey(): string {
    return this.#state.appKey;
  }

  get appSecret(): string {
    return this.#state.appSecret;
  }

  get requests(): Sandbox['requests'] {
    return this.#state.recorder.requests.toArray();
  }

  get rewards(): Sandbox['rewards'] {
    return this.#state.rewards.toArray();
  }

  failNext: Sandbox['failNext'] = (fault, times = 1) => this.#state.faults.arm(fault, times);

  redeem: Sandbox['redeem'] = (rewardId, options) => this.#callbacks.redeem(rewardId, options);

  issue: Sandbox['issue'] = (rewardId, options) => this.#callbacks.issue(rewardId, options);

  subscribe: Sandbox['subscribe'] = (listener) => this.#state.recorder.subscribe(listener);

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#callbacks.close();
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      this.#state.close();
    });
    return this.#closing;
  }
}
