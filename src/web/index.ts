export { type Labels, type RewardResult, type ShowRewardOptions } from './options.js';
export { showReward, type ShownReward } from './show-reward.js';
