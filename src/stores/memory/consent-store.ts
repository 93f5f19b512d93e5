import { checkConsentIds, checkConsentTime, isSameChoice, readConsentChoice } from '../consent-choice.js';
import type { ConsentChoice, ConsentRecord, ConsentStore } from '../consent-store.js';

interface Player {
  /** The newest choice, with the time when it was first made. */
  choice: ConsentChoice;
  /** When the newest choice was last confirmed. Older choices are stale. */
  confirmedAt: number;
  /** For each device, the time of the choice that the platform knows. */
  readonly deliveredAt: Map<string, number>;
  readonly records: { readonly writtenAt: number; readonly record: ConsentRecord }[];
}

const copyRecord = (record: ConsentRecord): ConsentRecord => ({ ...record, at: new Date(record.at) });

/**
 * Keeps consents in the memory of this process, for tests and for a single process that never restarts. A restart forgets the players'
 * choices and their deliveries; use `redisConsentStore` or `postgresConsentStore` in production.
 *
 * @example
 * ```ts
 * import { KiipClient } from 'kiip-s2s';
 * import { memoryConsentStore } from 'kiip-s2s/consent';
 *
 * const client = new KiipClient({ appKey: 'key', appVersion: '1.4.2', test: true, consentStore: memoryConsentStore() });
 * ```
 */
export function memoryConsentStore(): ConsentStore {
  const players = new Map<string, Player>();

  return {
    async put(userId, given) {
      checkConsentIds(userId);
      const choice = readConsentChoice(given);
      const at = choice.at.getTime();
      const player = players.get(userId);
      const chosen = { writtenAt: at, record: { ...choice, kind: 'chosen' } as const };
      if (player === undefined) {
        players.set(userId, { choice, confirmedAt: at, deliveredAt: new Map(), records: [chosen] });
        return 'changed';
      }
      const isSame = isSameChoice(player.choice, choice);
      if (at < player.confirmedAt || (at === player.confirmedAt && !isSame)) return 'stale';
      player.confirmedAt = at;
      if (isSame) return 'unchanged';
      player.choice = choice;
      player.records.push(chosen);
      return 'changed';
    },

    async due(userId, deviceId) {
      checkConsentIds(userId, { id: deviceId });
      const player = players.get(userId);
      if (player === undefined) return null;
      const knownAt = player.deliveredAt.get(deviceId) ?? -Infinity;
      return knownAt >= player.choice.at.getTime() ? null : { ...player.choice, at: new Date(player.choice.at) };
    },

    async delivered(userId, deviceId, at) {
      checkConsentIds(userId, { id: deviceId });
      checkConsentTime(at);
      const player = players.get(userId);
      const time = at.getTime();
      if (player === undefined || time <= (player.deliveredAt.get(deviceId) ?? -Infinity)) return;
      player.deliveredAt.set(deviceId, time);
      const known = player.records.find(({ record }) => record.kind === 'chosen' && record.at.getTime() === time);
      if (known === undefined) return;
      player.records.push({ writtenAt: Date.now(), record: { ...known.record, kind: 'delivered', at: new Date() } });
    },

    async history(userId) {
      checkConsentIds(userId);
      const records = players.get(userId)?.records ?? [];
      return [...records].sort((a, b) => a.writtenAt - b.writtenAt).map(({ record }) => copyRecord(record));
    },
  };
}
