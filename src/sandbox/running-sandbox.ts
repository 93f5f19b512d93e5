import type { Server } from 'node:http';
import type { Callbacks } from './callbacks/callbacks.js';
import type { Sandbox, SandboxKaminari } from './sandbox.js';
import type { SandboxState } from './state.js';

/** Keeps its state in private fields, so that printing a sandbox shows no player's data and no secret. */
export class RunningSandbox implements Sandbox {
  readonly #state: SandboxState;
  readonly #callbacks: Callbacks;
  #server: Server | null = null;
  readonly kaminari: SandboxKaminari;
  #closing: Promise<void> | undefined;

  constructor(state: SandboxState, callbacks: Callbacks) {
    this.#state = state;
    this.#callbacks = callbacks;
    const { kaminari } = state;
    this.kaminari = {
      answerNotYet: (times) => kaminari.answerNotYet(times),
      answerVerdict: (verdict) => kaminari.answerVerdict(verdict),
      statistics: () => kaminari.statistics(),
      conversions: () => kaminari.conversions(),
      advance: (ms) => kaminari.advance(ms),
    };
  }

  /** Sets the server, which `close()` ends. */
  serve(server: Server): void {
    this.#server = server;
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

  get deliveries(): Sandbox['deliveries'] {
    return this.#state.recorder.deliveries.toArray();
  }

  failNext: Sandbox['failNext'] = (fault, times = 1) => this.#state.faults.arm(fault, times);

  redeem: Sandbox['redeem'] = (rewardId, options) => this.#callbacks.redeem(rewardId, options);

  issue: Sandbox['issue'] = (rewardId, options) => this.#callbacks.issue(rewardId, options);

  replay: Sandbox['replay'] = (delivery, options) => this.#callbacks.replay(delivery, options);

  compliance: Sandbox['compliance'] = (userId, deviceId) => this.#state.compliance.find(userId, deviceId);

  subscribe: Sandbox['subscribe'] = (listener) => this.#state.recorder.subscribe(listener);

  reset(): void {
    this.#callbacks.abort();
    this.#state.reset();
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#callbacks.close();
      this.#server?.close(() => resolve());
      this.#server?.closeAllConnections();
      this.#state.close();
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
