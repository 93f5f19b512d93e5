import { randomBytes } from 'node:crypto';
import { KiipConfigError } from '../errors/index.js';
import { FaultQueue } from './faults.js';
import { Pairing } from './kaminari/pairing.js';
import { isFillRate, type ResolvedOptions } from './options.js';
import { sequence } from './platform/random.js';
import { Rewards } from './platform/rewards.js';
import { Recorder } from './recorder.js';

const ANY_KEY = 'sandbox-app-key';

/** Everything a sandbox knows. Routes change it, pages show it. */
export class SandboxState {
  /** Set once the server listens. */
  url = '';
  /** `null`: every key is accepted. */
  readonly acceptedKey: string | null;
  readonly appKey: string;
  readonly appSecret: string;
  readonly callbackUrl: URL | null;
  readonly recorder: Recorder;
  readonly rewards: Rewards;
  readonly faults = new FaultQueue();
  readonly pairing: Pairing;
  readonly #next: () => number;
  #fillRate: number;

  constructor(options: ResolvedOptions) {
    this.acceptedKey = options.acceptedKey;
    this.appKey = options.acceptedKey ?? ANY_KEY;
    // Random, so that no backend ends up in production trusting a secret that stands in our sources.
    this.appSecret = options.appSecret ?? randomBytes(16).toString('hex');
    this.callbackUrl = options.callbackUrl;
    this.recorder = new Recorder(options.keep);
    this.rewards = new Rewards(options.keep);
    this.pairing = new Pairing(options.keep, (record) => this.recorder.tell({ type: 'kaminari', record }));
    this.#next = sequence(options.seed);
    this.#fillRate = options.fillRate;
  }

  /** Share of live moments that get a reward, 0…1. */
  get fillRate(): number {
    return this.#fillRate;
  }

  set fillRate(rate: number) {
    if (!isFillRate(rate)) throw new KiipConfigError('fillRate must be a number from 0 to 1.');
    this.#fillRate = rate;
  }

  /** Decides one live moment; takes one number of the sequence whatever the rate. */
  fills(): boolean {
    return this.#next() < this.#fillRate;
  }

  close(): void {
    this.pairing.close();
    this.recorder.close();
  }
}
