import { sha256Hex } from '#digest';
import type { KnownReward, NotedReward } from './reward-book.js';

/** How long to remember a reward by default: 90 days, in milliseconds. */
export const DEFAULT_REWARD_TTL_MS = 90 * 24 * 60 * 60 * 1000;

/** A book's entry for one id of a reward. */
export interface RewardNote {
  /** Digest of the id. */
  readonly reward: string;
  /** Digest of the user and the id together, so that it does not link the rewards of one player; `''` without a user. */
  readonly player: string;
  /** The amount as text; `''` without an amount. */
  readonly value: string;
}

export const digestRewardId = (id: string): string => sha256Hex(`reward ${id}`);

const digestPlayer = (id: string, userId: string): string => sha256Hex(`player ${id.length} ${id}${userId}`);

/** Builds one note per distinct id. */
export function buildRewardNotes({ ids, userId, value }: NotedReward): RewardNote[] {
  const distinct = [...new Set(ids)].filter((id) => typeof id === 'string' && id !== '');
  return distinct.map((id) => ({
    reward: digestRewardId(id),
    player: userId === null || userId === '' ? '' : digestPlayer(id, userId),
    value: value === null ? '' : String(value),
  }));
}

/** Reads the notes under one id. Several players may share an id, as with test rewards; it then matches each of them. */
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
