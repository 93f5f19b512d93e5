import type { Verdict } from 'kiip-s2s/kaminari';

/** A redemption that waits for Kaminari's verdict on the page view that led to it. */
export interface HeldReward {
  readonly transactionId: string;
  readonly userId: string;
  readonly quantity: number;
  /** Kaminari's id of the view. */
  readonly kmnrId: string;
  /** Your id of the conversion that the view may lead to. */
  readonly cnvId: string;
}

export interface HeldRewardsOptions {
  readonly verdictFor: (kmnrId: string) => Promise<Verdict | null>;
  readonly credit: (reward: HeldReward) => void;
  readonly refuse: (reward: HeldReward) => void;
  /**
   * How long a reward waits, in milliseconds. Then it is credited, because a missing verdict must not cost the player
   * the reward.
   */
  readonly holdMs: number;
}

/**
 * Credits when the verdict is clean, refuses when it is fraudulent, and holds while there is none, up to a deadline.
 * This version keeps the rewards in memory. With a database, `hold` inserts a row in the transaction of the callback,
 * and `settle` deletes it in the transaction of the credit.
 */
export class HeldRewards {
  readonly #held = new Map<string, { readonly reward: HeldReward; readonly timer: NodeJS.Timeout }>();
  readonly #options: HeldRewardsOptions;

  constructor(options: HeldRewardsOptions) {
    this.#options = options;
  }

  /** Holds the reward before asking for the verdict, so that a verdict that arrives in between is not missed. */
  async hold(reward: HeldReward): Promise<void> {
    const timer = setTimeout(() => this.#end(reward, this.#options.credit), this.#options.holdMs);
    this.#held.set(reward.transactionId, { reward, timer });
    await this.settle(reward.kmnrId);
  }

  /** Ends the hold of all rewards from this view, if there is a clear verdict. */
  async settle(kmnrId: string): Promise<void> {
    const verdict = await this.#options.verdictFor(kmnrId);
    // `unverified` decides nothing: a clear verdict may follow, otherwise the deadline decides.
    if (verdict === null || verdict === 'unverified') return;
    const rewards = [...this.#held.values()].map(({ reward }) => reward).filter((reward) => reward.kmnrId === kmnrId);
    for (const reward of rewards) this.#end(reward, verdict === 'clean' ? this.#options.credit : this.#options.refuse);
  }

  /** Counts the rewards of a player that wait. */
  count(userId: string): number {
    return [...this.#held.values()].filter(({ reward }) => reward.userId === userId).length;
  }

  #end(reward: HeldReward, how: (reward: HeldReward) => void): void {
    clearTimeout(this.#held.get(reward.transactionId)?.timer);
    if (this.#held.delete(reward.transactionId)) how(reward);
  }
}
