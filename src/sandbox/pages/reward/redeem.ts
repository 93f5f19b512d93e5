import type { Delivery, SandboxReward } from '../../types.js';
import type { PageContext } from '../page-context.js';

/** Redeems a reward: with the signed callback where it pays virtual currency and there is somewhere to send it; `null` without one. */
export function redeemReward({ state, callbacks }: PageContext, reward: SandboxReward): Promise<Delivery | null> {
  if (reward.virtual !== null && state.callbackUrl !== null) return callbacks.redeem(reward.id);
  state.markUsed(reward);
  return Promise.resolve(null);
}
