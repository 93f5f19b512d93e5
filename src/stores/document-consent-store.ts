import { checkConsentIds, checkConsentTime, readConsentChoice } from './consent-choice.js';
import {
  applyChoice,
  applyDelivery,
  digestConsentUser,
  readConsentHistory,
  readDueChoice,
} from './consent-document.js';
import type { ConsentStore } from './consent-store.js';

/** The storage that a consent store needs. */
export interface DocumentBackend {
  /** Loads the text under a key; `null` when the key has no text. */
  load(key: string): Promise<string | null>;
  /** Replaces the text under a key in one step, if it still equals `expected` (`null`: the key has no text). Resolves with whether it did. */
  replace(key: string, expected: string | null, text: string): Promise<boolean>;
}

/**
 * Builds a consent store on a backend that can compare and replace a text. A change is retried when another process
 * made one in between.
 */
export function buildConsentStore({ load, replace }: DocumentBackend): ConsentStore {
  const change = async <T extends { readonly next: string | null }>(
    userId: string,
    apply: (text: string | null) => T,
  ): Promise<T> => {
    const key = digestConsentUser(userId);
    for (;;) {
      const text = await load(key);
      const result = apply(text);
      if (result.next === null || (await replace(key, text, result.next))) return result;
    }
  };

  return {
    async put(userId, given) {
      checkConsentIds(userId);
      const choice = readConsentChoice(given);
      return (await change(userId, (text) => applyChoice(text, choice))).outcome;
    },
    async due(userId, deviceId) {
      checkConsentIds(userId, { id: deviceId });
      return readDueChoice(await load(digestConsentUser(userId)), userId, deviceId);
    },
    async delivered(userId, deviceId, at) {
      checkConsentIds(userId, { id: deviceId });
      checkConsentTime(at);
      await change(userId, (text) => ({ next: applyDelivery(text, userId, deviceId, at) }));
    },
    async history(userId) {
      checkConsentIds(userId);
      return readConsentHistory(await load(digestConsentUser(userId)));
    },
  };
}
