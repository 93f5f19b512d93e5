/** @module kiip-s2s/web */
export { type Labels, type LoadingModal, type RewardResult, type ShowRewardOptions } from './show-reward-options.js';
export { showReward, type ShownReward } from './show-reward.js';
