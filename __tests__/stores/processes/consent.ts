import { once } from 'node:events';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { ConsentStore } from '../../../src/stores/consent-store.js';
import { postgresConsentStore } from '../../../src/stores/postgres/index.js';
import { redisConsentStore } from '../../../src/stores/redis/index.js';

/** What each of the processes puts, as JSON in its environment. */
export interface ConsentRacer {
  readonly store: 'postgres' | 'redis';
  readonly url: string;
  readonly user: string;
  /** Times of the choices, in milliseconds; an even one opts out. */
  readonly times: readonly number[];
}

// One of several processes that put choices of one player at the same time, and report each outcome.
async function main(): Promise<void> {
  const { store: kind, url, user, times } = JSON.parse(process.env['RACER'] ?? '') as ConsentRacer;
  const pool = kind === 'postgres' ? new Pool({ connectionString: url }) : null;
  const redis = kind === 'redis' ? new Redis(url) : null;
  const store = (pool === null ? redisConsentStore(redis as Redis) : postgresConsentStore(pool)) satisfies ConsentStore;
  await store.due(user, 'phone');
  process.send?.('ready');
  await once(process, 'message');
  const outcomes = await Promise.all(
    times.map(async (time) => ({
      time,
      outcome: await store.put(user, { optedOut: time % 2 === 0, at: new Date(time) }),
    })),
  );
  process.send?.(outcomes);
  await pool?.end();
  await redis?.quit();
  process.disconnect();
}

void main();
