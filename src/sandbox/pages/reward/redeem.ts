import type { Delivery, SandboxReward } from '../../records.js';
import type { PageContext } from '../page-context.js';

/** Redeems a reward. Sends the signed callback if it pays virtual currency and a `callbackUrl` is set; otherwise resolves with `null`. */
export function redeemReward({ state, callbacks }: PageContext, reward: SandboxReward): Promise<Delivery | null> {
  if (reward.virtual !== null && state.callbackUrl !== null) return callbacks.redeem(reward.id);
  state.markUsed(reward);
  return Promise.resolve(null);
}
