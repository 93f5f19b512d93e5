import { showReward, type RewardResult, type ShowRewardOptions } from 'kiip-s2s/web';
import { useEffect, useRef } from 'react';

/** What the game's backend passes on from a moment's outcome. */
export type ShowableReward = Pick<ShowRewardOptions, 'bodyUrl' | 'notification' | 'modal'>;

export interface RewardHandlers {
  onDismiss?(result: RewardResult): void;
  onClose?(): void;
}

/** Shows the reward while there is one. Pass the same object in every render: a new object is a new reward. */
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
      mounted = false; // unmounted by React, not closed by the player; strict mode also unmounts once after the first mount
      shown.close();
    };
  }, [reward]);
}

/** The same as a component. It renders nothing itself. */
export function Reward({ reward, ...handlers }: RewardHandlers & { reward: ShowableReward }): null {
  useReward(reward, handlers);
  return null;
}
