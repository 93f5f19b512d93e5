import { showReward, type RewardResult, type ShowRewardOptions } from 'kiip-s2s/web';
import { useEffect, useRef } from 'react';

/** What the game's backend passes on from a moment's outcome. */
export type ShowableReward = Pick<ShowRewardOptions, 'bodyUrl' | 'notification' | 'modal'>;

export interface RewardHandlers {
  onDismiss?(result: RewardResult): void;
  onClose?(): void;
}

/** Shows the reward while there is one. Keep the same object from render to render: another object is another reward. */
export function useReward(reward: ShowableReward | null, handlers: RewardHandlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    if (reward === null) return undefined;
    let mounted = true;
    const shown = showReward({
      ...reward,
      onDismiss: (result) => mounted && latest.current.onDismiss?.(result),
      onClose: () => mounted && latest.current.onClose?.(),
    });
    return () => {
      mounted = false; // taken away by React, not closed by the player; strict mode does it once for nothing
      shown.close();
    };
  }, [reward]);
}

/** The same as a component, which renders nothing itself. */
export function Reward({ reward, ...handlers }: RewardHandlers & { reward: ShowableReward }): null {
  useReward(reward, handlers);
  return null;
}
