import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { KiipClient } from '../../../src/index.js';
import type { ConsentStore } from '../../../src/consent/index.js';
import { postgresConsentStore } from '../../../src/stores/postgres/index.js';
import { redisConsentStore } from '../../../src/stores/redis/index.js';
import { buildChoice, type BackendMessage, type BackendOptions, type Batch, type Task } from './messages.js';

// A game's backend in a process of its own, over a shared consent store that fails now and then. Crashes here are real crashes.

const options = JSON.parse(process.env['BACKEND'] ?? '') as BackendOptions;
let chances = { storeDown: 0, crash: 0 };

const tell = (message: BackendMessage): Promise<void> =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

function openStore(): ConsentStore {
  if (options.store === 'redis') return redisConsentStore(new Redis(options.storeUrl));
  return postgresConsentStore(new Pool({ connectionString: options.storeUrl, max: 8 }));
}

function assertUp(): void {
  if (Math.random() < chances.storeDown) throw new Error('the store is down');
}

const real = openStore();
const consentStore: ConsentStore = {
  put: async (...args) => (assertUp(), real.put(...args)),
  due: async (...args) => (assertUp(), real.due(...args)),
  history: (...args) => real.history(...args),
  async delivered(userId, deviceId, at) {
    const isCrash = Math.random() < chances.crash;
    if (isCrash || Math.random() < chances.storeDown) {
      await tell({ kind: 'lost', pair: `${userId} ${deviceId}` });
      if (isCrash) process.kill(process.pid, 'SIGKILL');
      throw new Error('the store is down');
    }
    await real.delivered(userId, deviceId, at);
  },
};

const client = new KiipClient({
  appKey: 'key',
  appVersion: '1',
  test: true,
  baseUrl: options.platformUrl,
  retry: { maxAttempts: 2, baseDelayMs: 1, maxDelayMs: 2 },
  maxConcurrent: 32,
  consentStore,
});

async function work({ user, device, choice }: Task): Promise<void> {
  const context = {
    device: { id: device, os: 'Android 15', lang: 'en', locale: 'en_US' },
    connection: { ip: '54.174.101.1' },
    user: { userId: user },
  };
  if (choice !== undefined) await client.updateConsent(context, buildChoice(choice));
  else if (Math.random() < 0.5) await client.moment('level_up', context);
  else await client.endSession(context);
}

process.on('message', ({ tasks, ...rest }: Batch) => {
  chances = rest;
  void Promise.allSettled(tasks.map(work)).then(() => tell({ kind: 'done' }));
});
void tell({ kind: 'ready' });
