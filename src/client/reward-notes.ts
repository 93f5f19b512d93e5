import { withinTimeLimit } from '../check/time-limit.js';
import { warnOnce } from '../check/warn.js';
import type { Reward } from '../response/moment.js';
import type { RewardBook } from '../stores/reward-book.js';

/** The longest that `close()` waits for a note, in milliseconds. */
const NOTE_LIMIT_MS = 2_500;

/** Notes a reward that was handed out. Never rejects: a book that fails must not cost the player the reward. */
export async function noteReward(book: RewardBook, reward: Reward, userId: string | null): Promise<void> {
  const ids = new Set([reward.id, reward.bodyUrl.rewardId ?? ''].filter((id) => id !== ''));
  if (ids.size === 0) return;
  const note = async (): Promise<void> =>
    book.note({ ids: [...ids], userId, value: reward.virtual?.value ?? null, at: new Date() });
  const tooLate = (): Error => new Error('the reward book did not answer in time');
  await withinTimeLimit(note(), NOTE_LIMIT_MS, tooLate).catch(() =>
    warnOnce(
      'KIIP_REWARD_NOT_NOTED',
      'A reward was handed out, but the reward book could not note it: its callback will count as unknown. Check the store.',
    ),
  );
}
