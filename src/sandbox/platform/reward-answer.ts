import type { SandboxReward } from '../records.js';
import { wireDate } from './wire-date.js';

/** Where the sandbox serves the picture of its rewards. */
export const REWARD_IMAGE_PATH = '/assets/reward.svg';

/**
 * Builds the documents' answer to a rewarded moment. A reward that pays currency has `virtual`, which integrations read
 * (PROTOCOL K17).
 */
export function rewardAnswer(baseUrl: string, { id, name, virtual, bodyUrl, at, usedDate }: SandboxReward): object {
  return {
    date: wireDate(at),
    notification: { reward_name: name, reward_image_url: baseUrl + REWARD_IMAGE_PATH },
    view: {
      email_bounced: false,
      id,
      modal: { message: name, timeout: 10, body_url: bodyUrl, title: 'Loading your Sandbox Reward:' },
      ...(virtual !== null && { virtual: { virtual_value: virtual.quantity } }),
      used_date: usedDate === null ? null : wireDate(usedDate),
    },
  };
}
