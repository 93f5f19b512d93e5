import { EventEmitter } from 'node:events';
import { Redis as Upstash } from '@upstash/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { KiipConfigError } from '../../src/errors/index.js';
import { redisLedger, type RedisLike } from '../../src/stores/redis/index.js';
import { startClock } from '../support/clock.js';
import { describeWith, startRedis, type Service } from '../support/services.js';
import { BRIDGE_TOKEN, startUpstashBridge } from '../support/upstash-bridge.js';
import { gate, ledgerContract } from './contract.js';

const nothing = async (): Promise<void> => undefined;

/** One client of each kind, and how each is told to go. */
const clients = {
  async ioredis(url: string) {
    const client = new Redis(url, { disconnectTimeout: 50 });
    return { client, close: async () => void (await client.quit()) };
  },
  async 'node-redis'(url: string) {
    const client = await createClient({ url }).connect();
    return { client, close: () => client.close() };
  },
  async '@upstash/redis'(url: string) {
    const bridge = await startUpstashBridge(url);
    const client = new Upstash({ url: bridge.url, token: BRIDGE_TOKEN, enableTelemetry: false });
    return { client, close: () => bridge.stop() };
  },
  async '@upstash/redis without pipelines'(url: string) {
    const bridge = await startUpstashBridge(url);
    const client = new Upstash({
      url: bridge.url,
      token: BRIDGE_TOKEN,
      enableTelemetry: false,
      enableAutoPipelining: false,
      responseEncoding: false,
      automaticDeserialization: false,
      retry: false,
    });
    return { client, close: () => bridge.stop() };
  },
};

async function expireClaims(redis: Redis): Promise<void> {
  for (const key of await redis.keys('*'))
    if ((await redis.type(key)) === 'string' && (await redis.get(key))?.startsWith('claim:') === true)
      await redis.del(key);
}

describeWith('redis', 'redisLedger', () => {
  let service: Service;
  let redis: Redis;
  beforeAll(async () => {
    service = await startRedis();
    redis = new Redis(service.url);
  });
  afterAll(async () => {
    await redis.quit();
    await service.stop();
  });

  for (const [name, connect] of Object.entries(clients))
    ledgerContract(`redisLedger, ${name}`, { leases: true }, async () => {
      const [one, two] = [await connect(service.url), await connect(service.url)];
      return {
        first: redisLedger(one.client, { prefix: `${name}:` }),
        second: redisLedger(two.client, { prefix: `${name}:` }),
        expireClaims: () => expireClaims(redis),
        async close() {
          await one.close();
          await two.close();
        },
      };
    });

  test.each(Object.entries(clients))('%s: works again after the server forgot its scripts', async (name, connect) => {
    const { client, close } = await connect(service.url);
    const ledger = redisLedger(client);
    await redis.script('FLUSH');
    expect(await ledger.run([`flushed ${name}`], () => redis.script('FLUSH').then(() => undefined))).toBe('processed');
    expect(await ledger.run([`flushed ${name}`], nothing)).toBe('duplicate');
    await close();
  });

  test('every kind of client reads what another one wrote', async () => {
    const opened = await Promise.all(Object.values(clients).map((connect) => connect(service.url)));
    for (const [n, { client }] of opened.entries()) {
      const ledger = redisLedger(client, { prefix: 'shared:' });
      expect(await ledger.run([`redemption shared-${n}`], nothing)).toBe('processed');
    }
    for (const { client } of opened)
      for (const n of opened.keys()) {
        const ledger = redisLedger(client, { prefix: 'shared:' });
        expect(await ledger.run([`redemption shared-${n}`], nothing)).toBe('duplicate');
        expect(await ledger.find(`shared-${n}`)).toHaveLength(1);
      }
    await Promise.all(opened.map(({ close }) => close()));
  });

  test('the lease outlives its length as long as the worker lives, and ends soon after it', async () => {
    const ledger = redisLedger(redis, { prefix: 'renew:', leaseMs: 300 });
    const release = gate();
    const entered = gate();
    const running = ledger.run(['a'], async () => {
      entered.open();
      await release.opened;
    });
    await entered.opened;
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(await ledger.run(['a'], nothing)).toBe('busy');
    expect(await redis.pttl('renew:{ledger}a')).toBeLessThanOrEqual(300);
    release.open();
    expect(await running).toBe('processed');
  });

  test('a lost lease is told to the work, once; one that is kept is not', async () => {
    const ledger = redisLedger(redis, { prefix: 'lost:', leaseMs: 300 });
    const kept = jest.fn();
    const lost = jest.fn();
    const release = gate();
    const keeping = ledger.run(['kept'], async (_tx, claim) => {
      claim?.onLost(kept);
      await release.opened;
    });
    await ledger.run(['lost'], async (_tx, claim) => {
      const told = new Promise<Error>((resolve) => claim?.onLost(resolve));
      claim?.onLost(lost);
      await redis.del('lost:{ledger}lost');
      expect(await told).toMatchObject({ code: 'claim_lost' });
      // Who comes later hears of it at once.
      const late = jest.fn();
      claim?.onLost(late);
      expect(late).toHaveBeenCalledTimes(1);
    });
    expect(lost).toHaveBeenCalledTimes(1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    release.open();
    expect(await keeping).toBe('processed');
    expect(kept).not.toHaveBeenCalled();
  });

  test('a lease that could not be renewed until its end is lost, though Redis says nothing', async () => {
    let down = false;
    const flaky = {
      evalsha: (...args: Parameters<Redis['evalsha']>) =>
        down ? new Promise<never>(() => undefined) : redis.evalsha(...args),
      eval: (...args: Parameters<Redis['eval']>) => redis.eval(...args),
    } as unknown as RedisLike;
    const ledger = redisLedger(flaky, { prefix: 'silent:', leaseMs: 300 });
    await ledger.run(['a'], async (_tx, claim) => {
      down = true;
      await new Promise((resolve) => claim?.onLost(resolve));
      down = false;
    });
  });

  test('leases share one timer, which ends by itself', async () => {
    const set = jest.spyOn(globalThis, 'setInterval');
    const clear = jest.spyOn(globalThis, 'clearInterval');
    const ledger = redisLedger(redis, { prefix: 'timer:', leaseMs: 60 });
    await Promise.all(Array.from({ length: 20 }, (_, n) => ledger.run([`${n}`], nothing)));
    expect(set).toHaveBeenCalledTimes(1);
    await expectEventually(async () => clear.mock.calls.length, 1);
    set.mockRestore();
    clear.mockRestore();
  });

  test('a lease that ended without a successor still becomes processed: the work is done', async () => {
    const ledger = redisLedger(redis, { prefix: 'gone:' });
    expect(await ledger.run(['a', 'b'], () => expireClaims(redis))).toBe('processed');
    expect(await ledger.run(['b'], nothing)).toBe('duplicate');
  });

  test('keys start with the prefix, and stay for ever unless ttlMs says otherwise', async () => {
    await redisLedger(redis, { prefix: 'ever:' }).run(['a', 'b'], nothing);
    await redisLedger(redis, { prefix: 'short:', ttlMs: 60_000 }).run(['a'], nothing);
    expect((await redis.keys('ever:*')).sort()).toEqual(['ever:{ledger}a', 'ever:{ledger}b']);
    expect(await redis.pttl('ever:{ledger}a')).toBe(-1);
    expect(await redis.pttl('short:{ledger}a')).toBeGreaterThan(50_000);
  });

  test('refuses what is not a client and every bad option in one error, misspelt ones among them', () => {
    const wrong = { prefix: '{}', leaseMs: 0, ttlMs: Number.NaN, leaseMS: 5 };
    expect(() => redisLedger({} as RedisLike, wrong)).toThrow(
      /client .*prefix .*leaseMs .*ttlMs .*did you mean leaseMs/,
    );
    expect(() => redisLedger(null as unknown as RedisLike)).toThrow(KiipConfigError);
    expect(() => redisLedger(redis, { prefix: undefined, leaseMs: undefined, ttlMs: undefined })).not.toThrow();
  });

  test('refuses a face of node-redis that answers by callbacks, and changes nothing about it', async () => {
    const { client, close } = await clients['node-redis'](service.url);
    const listeners = client.listenerCount('error');
    expect(() => redisLedger(client.legacy() as unknown as RedisLike)).toThrow(/not client\.legacy\(\)/);
    // As version 4 makes one with `legacyMode`: an emitter whose commands take callbacks, with its options on it.
    const legacyMode = Object.assign(new EventEmitter(), {
      options: { legacyMode: true },
      connect: () => undefined,
      evalSha: () => undefined,
      eval: () => undefined,
    });
    expect(() => redisLedger(legacyMode as unknown as RedisLike)).toThrow(/legacyMode/);
    expect(legacyMode.listenerCount('error')).toBe(0);
    expect(client.listenerCount('error')).toBe(listeners);
    await close();
  });

  test('a client of another make that slipped through is an error, not a claim', async () => {
    for (const answer of [Promise.resolve(true), undefined]) {
      const old = { evalsha: () => answer, eval: () => answer } as unknown as RedisLike;
      const work = jest.fn(nothing);
      await expect(redisLedger(old).run(['a'], work)).rejects.toMatchObject({ code: 'store_answer' });
      await expect(redisLedger(old).find('a')).rejects.toMatchObject({ code: 'store_answer' });
      expect(work).not.toHaveBeenCalled();
    }
  });

  test('refuses to run without keys', async () => {
    await expect(redisLedger(redis).run([], nothing)).rejects.toBeInstanceOf(KiipConfigError);
  });
});

describeWith('redis', 'redisLedger on a Redis Cluster', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] });
    const redis = new Redis(service.url);
    await redis.cluster('ADDSLOTSRANGE', 0, 16_383);
    await expectEventually(async () => (await redis.cluster('INFO')).includes('cluster_state:ok'), true);
    await redis.quit();
  });
  afterAll(() => service.stop());

  test('ioredis: both keys of a callback are in one slot, whatever the prefix', async () => {
    const cluster = new Cluster([service.url]);
    for (const prefix of ['one:', '{two}:', '{three', 'fo}ur'])
      expect(await redisLedger(cluster, { prefix }).run(['a', 'b', 'c'], nothing)).toBe('processed');
    expect(await redisLedger(cluster, { prefix: 'one:' }).run(['b'], nothing)).toBe('duplicate');
    await cluster.quit();
  });

  test('ioredis with enableAutoPipelining: scripts share no pipeline with the commands of others (ioredis#2109)', async () => {
    const cluster = new Cluster([service.url], { enableAutoPipelining: true });
    const [evalsha, evaluate] = [jest.spyOn(cluster, 'evalsha'), jest.spyOn(cluster, 'eval')];
    for (const node of cluster.nodes()) await node.script('FLUSH');
    const ledger = redisLedger(cluster, { prefix: 'auto:' });
    const runs = Array.from({ length: 20 }, (_, n) => [
      ledger.run([`${n}`, `again ${n}`], nothing),
      cluster.get(`${n}`),
    ]);
    expect(await Promise.all(runs.map(([run]) => run))).toEqual(Array(20).fill('processed'));
    await Promise.all(runs.flat());
    expect(await ledger.run(['again 7'], nothing)).toBe('duplicate');
    expect([...evalsha.mock.calls, ...evaluate.mock.calls]).toEqual([]);
    await cluster.quit();
  });

  test('node-redis: the same', async () => {
    const cluster = await createCluster({ rootNodes: [{ url: service.url }] }).connect();
    expect(await redisLedger(cluster, { prefix: 'node:' }).run(['a', 'b', 'c'], nothing)).toBe('processed');
    expect(await redisLedger(cluster, { prefix: 'node:' }).run(['c'], nothing)).toBe('duplicate');
    await cluster.close();
  });
});

describeWith('redis', 'redisLedger when Redis goes away', () => {
  test.each(Object.entries(clients))(
    '%s: rejects within 3 s while it is down and works once it is back',
    async (_name, connect) => {
      const service = await startRedis();
      const { client, close } = await connect(service.url);
      if (client instanceof Redis) client.on('error', () => undefined);
      const ledger = redisLedger(client);
      expect(await ledger.run(['before'], nothing)).toBe('processed');
      await service.stop();
      const elapsed = startClock();
      const work = jest.fn(nothing);
      await expect(ledger.run(['while'], work)).rejects.toThrow();
      expect(elapsed()).toBeLessThan(3_000);
      const again = await startRedis({ port: service.port });
      await expectEventually(() => ledger.run(['while'], nothing), 'processed');
      expect(work).not.toHaveBeenCalled();
      await close();
      await again.stop();
    },
  );

  test('work that was done while Redis was away is marked when it returns, within the lease', async () => {
    const service = await startRedis();
    const client = new Redis(service.url, { maxRetriesPerRequest: 0, retryStrategy: () => 50, disconnectTimeout: 50 });
    client.on('error', () => undefined);
    const ledger = redisLedger(client);
    const answer = ledger.run(['a'], () => service.stop());
    await expect(answer).rejects.toThrow(/did not confirm/);
    const again = await startRedis({ port: service.port });
    const reader = new Redis(again.url);
    const marked = async (): Promise<string> => ((await reader.get('kiip-s2s:{ledger}a')) ?? '').slice(0, 5);
    await expectEventually(marked, 'done:');
    await ledger.close?.();
    await Promise.all([client.quit(), reader.quit()]);
    await again.stop();
  });

  test('close() ends the attempts to mark', async () => {
    const service = await startRedis();
    const client = new Redis(service.url, { maxRetriesPerRequest: 0, retryStrategy: () => 50, disconnectTimeout: 50 });
    client.on('error', () => undefined);
    const ledger = redisLedger(client);
    const answer = ledger.run(['a'], () => service.stop());
    setTimeout(() => void ledger.close?.(), 300);
    await expect(answer).rejects.not.toThrow(/did not confirm/);
    client.disconnect();
  });
});

async function expectEventually<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const got = await ask().catch((error: unknown) => error);
    if (got === wanted) return;
    if (Date.now() > end) throw new Error(`still ${String(got)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
