import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { KiipClient } from '../../../src/index.js';
import type { ConsentStore } from '../../../src/consent/index.js';
import { postgresConsentStore } from '../../../src/stores/postgres/index.js';
import { redisConsentStore } from '../../../src/stores/redis/index.js';
import { buildChoice, type BackendMessage, type BackendOptions, type Batch, type Task } from './messages.js';

// A game's backend in a process of its own, over a shared consent store that fails now and then. Crashes here are real crashes.

const options = JSON.parse(process.env['BACKEND'] ?? '') as BackendOptions;
let faults = { storeDown: 0, crashAt: 0 };
let deliveries = 0;
/** What is between its start and its end, and would be lost in a crash. */
const underWay = new Set<Task>();
const CONCURRENCY = 24;

const tell = (message: BackendMessage): Promise<void> =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

function openStore(): ConsentStore {
  if (options.store === 'redis') return redisConsentStore(new Redis(options.storeUrl));
  return postgresConsentStore(new Pool({ connectionString: options.storeUrl, max: 8 }));
}

function assertUp(): void {
  if (Math.random() < faults.storeDown) throw new Error('the store is down');
}

const real = openStore();
const consentStore: ConsentStore = {
  put: async (...args) => (assertUp(), real.put(...args)),
  due: async (...args) => (assertUp(), real.due(...args)),
  history: (...args) => real.history(...args),
  async delivered(userId, deviceId, at) {
    deliveries += 1;
    if (deliveries === faults.crashAt) {
      for (const { user, device } of underWay) await tell({ kind: 'lost', pair: `${user} ${device}` });
      process.kill(process.pid, 'SIGKILL');
    }
    if (Math.random() < faults.storeDown) {
      await tell({ kind: 'lost', pair: `${userId} ${deviceId}` });
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

async function workOff(tasks: Task[]): Promise<void> {
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    underWay.add(task);
    await work(task).catch(() => undefined);
    underWay.delete(task);
  }
}

process.on('message', ({ tasks, ...rest }: Batch) => {
  faults = rest;
  deliveries = 0;
  const left = [...tasks];
  void Promise.all(Array.from({ length: CONCURRENCY }, () => workOff(left))).then(() => tell({ kind: 'done' }));
});
void tell({ kind: 'ready' });
