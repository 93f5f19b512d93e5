import { checkConsentIds, checkConsentTime, readConsentChoice } from './consent-choice.js';
import {
  applyChoice,
  applyDelivery,
  digestConsentUser,
  readConsentHistory,
  readDueChoice,
} from './consent-document.js';
import type { ConsentStore } from './consent-store.js';

/** What a backend has to offer for a consent store. */
export interface DocumentBackend {
  /** The text under a key; `null` when there is none. */
  load(key: string): Promise<string | null>;
  /** Replaces the text under a key in one step, if it still is `expected` (`null`: if there is none). Resolves with whether it did. */
  replace(key: string, expected: string | null, text: string): Promise<boolean>;
}

/** A consent store over any backend that can compare and replace a text: each change is tried again until nobody else came in between. */
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
