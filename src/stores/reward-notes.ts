import { sha256Hex } from '#digest';
import type { KnownReward, NotedReward } from './reward-book.js';

/** How long a reward is remembered unless the options say otherwise: 90 days, in milliseconds. */
export const DEFAULT_REWARD_TTL_MS = 90 * 24 * 60 * 60 * 1000;

/** A reward under one of its ids, as a book keeps it. */
export interface RewardNote {
  /** Digest of the id. */
  readonly reward: string;
  /** Digest of the user and the id, so that it does not tell which rewards are the same player's; `''` where no user was named. */
  readonly player: string;
  /** The amount as text; `''` where none was named. */
  readonly value: string;
}

export const digestRewardId = (id: string): string => sha256Hex(`reward ${id}`);

const digestPlayer = (id: string, userId: string): string => sha256Hex(`player ${id.length} ${id}${userId}`);

/** One note for each id that can be told from the others. */
export function buildRewardNotes({ ids, userId, value }: NotedReward): RewardNote[] {
  const distinct = [...new Set(ids)].filter((id) => typeof id === 'string' && id !== '');
  return distinct.map((id) => ({
    reward: digestRewardId(id),
    player: userId === null || userId === '' ? '' : digestPlayer(id, userId),
    value: value === null ? '' : String(value),
  }));
}

/** What the notes under one id say. An id that several players got, as test rewards may be, fits each of them. */
export function readKnownReward(
  transactionId: string,
  notes: readonly Pick<RewardNote, 'player' | 'value'>[],
): KnownReward | null {
  if (notes.length === 0) return null;
  return {
    matches(userId, quantity) {
      const player = digestPlayer(transactionId, userId);
      return notes.some(
        (note) => note.player === player && (note.value === '' || quantity === null || Number(note.value) === quantity),
      );
    },
  };
}
