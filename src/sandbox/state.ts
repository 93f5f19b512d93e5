import { randomBytes, randomUUID } from 'node:crypto';
import { KiipConfigError } from '../errors/index.js';
import { FaultQueue } from './faults.js';
import { KaminariSide } from './kaminari/side.js';
import { isFillRate, isRewardText, REWARD_TEXT, type ResolvedOptions } from './resolve-options.js';
import { Compliance, type ConsentNote } from './platform/compliance.js';
import { OpenSessions } from './platform/open-sessions.js';
import { sequence } from './platform/random.js';
import { Rewards } from './platform/rewards.js';
import { Recorder } from './recorder.js';
import type { Entry, Identity } from './state-file/entries.js';
import { StateFile } from './state-file/state-file.js';
import type { Delivery, SandboxReward } from './records.js';

const ANY_KEY = 'sandbox-app-key';

/** Settings that can change while the sandbox runs; `reset()` restores them. */
interface Settings {
  /** The share of live moments that get a reward, 0 to 1. */
  fillRate: number;
  /** The name of the next rewards; `null` for a name that says what they pay. */
  rewardName: string | null;
  /** Where the next rewards send the player; `null` for nowhere. */
  nativeUrl: string | null;
}

/** The state of a sandbox. */
export class SandboxState {
  /** Which messages the reward pages send besides their end (PROTOCOL K30). */
  readonly bridge: 'none' | 'sdk';
  /** The base address; set once the server listens. */
  url = '';
  readonly callbackUrl: URL | null;
  /** The only accepted app key; `null` accepts every key. */
  readonly acceptedKey: string | null;
  /** Whether the user set the secret; otherwise the sandbox generated it. */
  readonly hasOwnSecret: boolean;
  readonly recorder: Recorder;
  readonly rewards: Rewards;
  readonly compliance: Compliance;
  readonly sessions = new OpenSessions();
  readonly faults = new FaultQueue(() => this.onControls());
  readonly kaminari: KaminariSide;
  /** Called when the fill rate, the settings of the next rewards or the armed faults change. */
  onControls: () => void = () => undefined;
  readonly #options: ResolvedOptions;
  readonly #identity: Identity;
  readonly #file: StateFile | null;
  #next: () => number;
  #settings: Settings;

  /** @throws KiipConfigError when the state file cannot be used. */
  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.bridge = options.bridge;
    this.callbackUrl = options.callbackUrl;
    this.acceptedKey = options.acceptedKey;
    this.hasOwnSecret = options.appSecret !== null;
    this.recorder = new Recorder(options.keep);
    this.compliance = new Compliance(options.keep);
    this.kaminari = new KaminariSide(options.keep, (record) => this.recorder.tell({ type: 'kaminari', record }));
    this.#next = sequence(options.seed);
    this.#settings = this.#readSettings();
    this.#file = options.stateFile === null ? null : new StateFile(options.stateFile);
    const entries = this.#file?.read() ?? [];
    const [saved] = entries.flatMap((entry) => (entry.kind === 'kiip-s2s sandbox 1' ? [entry.identity] : []));
    this.#identity = {
      // Generate it, so that no backend in production trusts a secret from our sources.
      appSecret: options.appSecret ?? saved?.appSecret ?? randomBytes(16).toString('hex'),
      applicationId: saved?.applicationId ?? randomUUID(),
      unitId: saved?.unitId ?? randomUUID(),
    };
    this.rewards = new Rewards(options.keep, this.#identity);
    for (const entry of entries) this.#restore(entry);
    this.#file?.rewrite(this.#listEntries());
  }

  get appKey(): string {
    return this.acceptedKey ?? ANY_KEY;
  }

  get appSecret(): string {
    return this.#identity.appSecret;
  }

  /** The settings of the next moments. */
  get settings(): Readonly<Settings> {
    return this.#settings;
  }

  /** @throws KiipConfigError with every problem; then no setting has changed. */
  change({ fillRate, ...texts }: Partial<Settings>): void {
    const problems = Object.entries(texts).flatMap(([name, text]) =>
      text === null || isRewardText(text) ? [] : [`${name} ${REWARD_TEXT}`],
    );
    if (fillRate !== undefined && !isFillRate(fillRate)) problems.unshift('fillRate must be a number from 0 to 1');
    if (problems.length > 0) throw new KiipConfigError(`${problems.join('; ')}.`);
    Object.assign(this.#settings, fillRate === undefined ? texts : { fillRate, ...texts });
    this.onControls();
  }

  /**
   * Decides whether one live moment gets a reward. Always takes one number of the sequence, whatever the rate, so that
   * the same seed decides the same moments.
   */
  fills(): boolean {
    return this.#next() < this.#settings.fillRate;
  }

  /** Keeps a new or changed reward and notifies listeners. */
  keepReward(reward: SandboxReward): void {
    this.#append({ kind: 'reward', reward });
    this.recorder.tell({ type: 'reward', reward });
  }

  /** Sets `usedDate`; a reward keeps the date of its first redemption. */
  markUsed(reward: SandboxReward): void {
    this.rewards.markUsed(reward);
    this.keepReward(reward);
  }

  addDelivery(delivery: Delivery): void {
    this.#append({ kind: 'delivery', delivery });
    this.recorder.delivery(delivery);
  }

  addConsent(consent: ConsentNote): void {
    this.#append({ kind: 'consent', consent });
    this.compliance.add(consent);
  }

  reset(): void {
    this.recorder.reset();
    this.rewards.clear();
    this.compliance.clear();
    this.sessions.clear();
    this.kaminari.reset();
    this.#next = sequence(this.#options.seed);
    this.#settings = this.#readSettings();
    this.#file?.rewrite(this.#listEntries());
    this.faults.clear();
    this.recorder.tell({ type: 'reset' });
  }

  close(): void {
    this.kaminari.close();
    this.recorder.close();
    this.#file?.close();
  }

  #readSettings(): Settings {
    const { fillRate, rewardName, nativeUrl } = this.#options;
    return { fillRate, rewardName, nativeUrl };
  }

  #append(entry: Entry): void {
    this.#file?.append(entry);
    if ((this.#file?.appended ?? 0) > 4 * this.#options.keep) this.#file?.rewrite(this.#listEntries());
  }

  #restore(entry: Entry): void {
    if (entry.kind === 'reward') this.rewards.put(entry.reward);
    else if (entry.kind === 'delivery') this.recorder.deliveries.add(entry.delivery);
    else if (entry.kind === 'consent') this.compliance.add(entry.consent);
  }

  #listEntries(): Entry[] {
    return [
      { kind: 'kiip-s2s sandbox 1', identity: this.#identity },
      ...this.rewards.toArray().map((reward): Entry => ({ kind: 'reward', reward })),
      ...this.recorder.deliveries.toArray().map((delivery): Entry => ({ kind: 'delivery', delivery })),
      ...this.compliance.toArray().map((consent): Entry => ({ kind: 'consent', consent })),
    ];
  }
}
