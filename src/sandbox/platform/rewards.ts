import { randomUUID } from 'node:crypto';
import { Newest } from '../newest.js';
import type { SandboxReward, VirtualCurrency } from '../records.js';

/**
 * The virtual currency of every reward that pays one. Its identifier is the same in every sandbox, so that a game can
 * map it.
 */
const COINS: VirtualCurrency = { content: '0b8a7f0e-5c7e-4d7b-9d0e-6f3f6b1c2a55', name: 'Coins', quantity: 20 };

const TEST_PREFIX = 'test_';
const bare = (id: string): string => (id.startsWith(TEST_PREFIX) ? id.slice(TEST_PREFIX.length) : id);

/** The facts of a moment that its reward needs. */
export interface RewardRequest {
  readonly momentId: string;
  readonly isTest: boolean;
  readonly locale: string;
  readonly sdkVersion: string;
  readonly userId: string | null;
  readonly emailAddress: string | null;
  readonly closeButton: boolean;
  /** The reward's name; `null` for a name that says what it pays. */
  readonly name: string | null;
  readonly nativeUrl: string | null;
}

/** The ids in every `body_url` of one sandbox. */
interface Places {
  readonly applicationId: string;
  readonly unitId: string;
}

type Stored = { -readonly [K in keyof SandboxReward]: SandboxReward[K] };

/** The newest `keep` rewards. Ids are random whatever the seed, because a game's ledger must never see one twice. */
export class Rewards {
  readonly #newest: Newest<Stored>;
  readonly #byId = new Map<string, Stored>();
  readonly #places: Places;

  constructor(keep: number, places: Places) {
    this.#places = places;
    this.#newest = new Newest(keep, ({ id }) => this.#byId.delete(bare(id)));
  }

  handOut(baseUrl: string, { sdkVersion, ...facts }: RewardRequest, at: Date): SandboxReward {
    const rewardId = randomUUID();
    const { applicationId, unitId } = this.#places;
    const hasCurrency = facts.userId !== null;
    const reward: Stored = {
      ...facts,
      id: facts.isTest ? TEST_PREFIX + rewardId : rewardId,
      unitId,
      name:
        facts.name ??
        `${facts.isTest ? 'Test' : 'Sandbox'} Reward - ${hasCurrency ? `${COINS.quantity} ${COINS.name}` : 'Virtual Click'}`,
      virtual: hasCurrency ? COINS : null,
      bodyUrl:
        `${baseUrl}/reward/${unitId}/${rewardId}?application_id=${applicationId}&locale=${encodeURIComponent(facts.locale)}` +
        `&moment_id=${encodeURIComponent(facts.momentId)}&sdk_version=${encodeURIComponent(sdkVersion)}&r=${Math.floor(100_000 + Math.random() * 900_000)}` +
        `&mode=standalone${facts.isTest ? '&preview=true&sdk=none' : ''}`,
      at,
      usedDate: null,
    };
    this.#newest.add(reward);
    this.#byId.set(rewardId, reward);
    return reward;
  }

  /** Adds a reward of an earlier run, or replaces a changed one. */
  put(reward: SandboxReward): void {
    const known = this.#byId.get(bare(reward.id));
    if (known !== undefined) {
      known.usedDate = reward.usedDate;
      return;
    }
    const stored: Stored = { ...reward };
    this.#newest.add(stored);
    this.#byId.set(bare(stored.id), stored);
  }

  clear(): void {
    this.#newest.clear();
    this.#byId.clear();
  }

  /** Finds a reward by `view.id` or by the id in the body URL, with or without `test_`. */
  find(id: string): SandboxReward | undefined {
    return this.#byId.get(bare(id));
  }

  /** Sets `usedDate`; a reward keeps the date of its first redemption. */
  markUsed(reward: SandboxReward): void {
    const stored = this.#byId.get(bare(reward.id));
    if (stored !== undefined) stored.usedDate ??= new Date();
  }

  toArray(): readonly SandboxReward[] {
    return this.#newest.toArray();
  }
}
