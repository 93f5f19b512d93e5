import { randomBytes } from 'node:crypto';
import { KiipConfigError } from '../errors/index.js';
import { FaultQueue } from './faults.js';
import { Pairing } from './kaminari/pairing.js';
import { isFillRate, isRewardText, REWARD_TEXT, type ResolvedOptions } from './options.js';
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
  readonly faults = new FaultQueue(() => this.onControls());
  readonly pairing: Pairing;
  /** Called when the fill rate, what the next rewards carry, or the armed faults change. */
  onControls: () => void = () => undefined;
  readonly #next: () => number;
  #fillRate: number;
  #rewardName: string | null;
  #nativeUrl: string | null;

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
    this.#rewardName = options.rewardName;
    this.#nativeUrl = options.nativeUrl;
  }

  /** Share of live moments that get a reward, 0…1. */
  get fillRate(): number {
    return this.#fillRate;
  }

  set fillRate(rate: number) {
    if (!isFillRate(rate)) throw new KiipConfigError('fillRate must be a number from 0 to 1.');
    this.#fillRate = rate;
    this.onControls();
  }

  /** What the next rewards are called; `null`: by what they pay. */
  get rewardName(): string | null {
    return this.#rewardName;
  }

  set rewardName(name: string | null) {
    if (name !== null && !isRewardText(name)) throw new KiipConfigError(`rewardName ${REWARD_TEXT}.`);
    this.#rewardName = name;
    this.onControls();
  }

  /** Where the next rewards send the player on to; `null`: nowhere. */
  get nativeUrl(): string | null {
    return this.#nativeUrl;
  }

  set nativeUrl(url: string | null) {
    if (url !== null && !isRewardText(url)) throw new KiipConfigError(`nativeUrl ${REWARD_TEXT}.`);
    this.#nativeUrl = url;
    this.onControls();
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
