import { Redis as Upstash } from '@upstash/redis';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { memoryRewardBook } from 'kiip-s2s/callbacks';
import { postgresRewardBook, type PgPoolLike } from 'kiip-s2s/postgres';
import { redisRewardBook, type RedisLike } from 'kiip-s2s/redis';
import { KiipConfigError } from '../../src/errors/index.js';
import { describeWith, startPostgres, startRedis, type Service } from '../support/services.js';
import { BRIDGE_TOKEN, startUpstashBridge } from '../support/upstash-bridge.js';
import { describeRewardBook } from './reward-book-contract.js';

describeRewardBook('memoryRewardBook', async () => {
  const book = memoryRewardBook();
  return { first: book, second: book, dump: async () => '', close: async () => undefined };
});

describe('memoryRewardBook', () => {
  const reward = (id: string, userId = 'ann') => ({ ids: [id], userId, value: 1, at: new Date() });

  test('maxEntries forgets the oldest, never the newest, whichever ids and players they are', async () => {
    const book = memoryRewardBook({ maxEntries: 3 });
    for (const id of ['a', 'b', 'c', 'd']) await book.note(reward(id));
    expect(await book.find('a')).toBeNull();
    await book.note(reward('b', 'bob'));
    expect(await book.find('c')).toBeNull();
    expect((await book.find('b'))?.matches('ann', 1)).toBe(true);
    for (let n = 0; n < 10; n += 1) await book.note(reward('shared', `user-${n}`));
    const shared = await book.find('shared');
    expect(Array.from({ length: 10 }, (_, n) => shared?.matches(`user-${n}`, 1)).filter(Boolean)).toHaveLength(3);
    expect(shared?.matches('user-9', 1)).toBe(true);
  });

  test('ttlMs', async () => {
    const book = memoryRewardBook({ ttlMs: 60_000 });
    await book.note({ ...reward('old'), at: new Date(Date.now() - 60_001) });
    await book.note({ ...reward('new'), at: new Date(Date.now() - 50_000) });
    expect([await book.find('old'), (await book.find('new')) !== null]).toEqual([null, true]);
  });

  test('refuses every bad option in one error, misspelt ones among them', () => {
    const wrong = { ttlMs: 0, maxEntries: 1.5, ttlMS: 5 };
    expect(() => memoryRewardBook(wrong)).toThrow(KiipConfigError);
    expect(() => memoryRewardBook(wrong)).toThrow(/ttlMs .*maxEntries .*did you mean ttlMs/);
    expect(() => memoryRewardBook({ ttlMs: undefined, maxEntries: undefined })).not.toThrow();
  });
});

describeWith('redis', 'redisRewardBook', () => {
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
  const dump = async (): Promise<string> => {
    const keys = await redis.keys('*');
    return JSON.stringify([keys, await Promise.all(keys.map((key) => redis.hgetall(key)))]);
  };

  describeRewardBook('redisRewardBook, ioredis', async () => {
    const [one, two] = [new Redis(service.url), new Redis(service.url)];
    return {
      first: redisRewardBook(one),
      second: redisRewardBook(two),
      dump,
      close: async () => void (await Promise.all([one.quit(), two.quit()])),
    };
  });

  describeRewardBook('redisRewardBook, node-redis and @upstash/redis', async () => {
    const one = await createClient({ url: service.url }).connect();
    const bridge = await startUpstashBridge(service.url);
    const two = new Upstash({ url: bridge.url, token: BRIDGE_TOKEN, enableTelemetry: false });
    return {
      first: redisRewardBook(one, { prefix: 'two:' }),
      second: redisRewardBook(two, { prefix: 'two:' }),
      dump,
      async close() {
        await one.close();
        await bridge.stop();
      },
    };
  });

  test('keys end by themselves, with their newest note', async () => {
    const book = redisRewardBook(redis, { prefix: 'ends:', ttlMs: 60_000 });
    const reward = { ids: ['a'], userId: 'ann', value: null };
    await book.note({ ...reward, at: new Date() });
    await book.note({ ...reward, userId: 'bob', at: new Date(Date.now() - 50_000) });
    const [key = ''] = await redis.keys('ends:*');
    expect(key).toMatch(/^ends:reward:[0-9a-f]{64}$/);
    expect(await redis.pttl(key)).toBeGreaterThan(50_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(60_000);
  });

  test('refuses what is not a client and every bad option in one error', async () => {
    const wrong = { prefix: 5, ttlMs: 0, prefx: '' } as never;
    expect(() => redisRewardBook({} as RedisLike, wrong)).toThrow(/client .*prefix .*ttlMs .*did you mean prefix/);
    const other = { evalsha: async () => 1, eval: async () => 1 };
    await expect(redisRewardBook(other).find('a')).rejects.toMatchObject({ code: 'store_answer' });
  });
});

describeWith('postgres', 'postgresRewardBook', () => {
  let service: Service;
  let pool: Pool;
  beforeAll(async () => {
    service = await startPostgres();
    pool = new Pool({ connectionString: service.url });
  });
  afterAll(async () => {
    await pool.end();
    await service.stop();
  });

  describeRewardBook('postgresRewardBook', async () => {
    const other = new Pool({ connectionString: service.url });
    const first = postgresRewardBook(pool);
    await Promise.all([first.migrate(), postgresRewardBook(other).migrate()]);
    return {
      first,
      second: postgresRewardBook(other),
      dump: async () => JSON.stringify((await pool.query('SELECT * FROM kiip_s2s_rewards')).rows),
      close: () => other.end(),
    };
  });

  test('rows that are too old are deleted on the way', async () => {
    const names = { table: 'short "lived"', schema: 'a.b' };
    const book = postgresRewardBook(pool, { ...names, ttlMs: 60_000 });
    await book.migrate();
    await book.migrate();
    const reward = { userId: 'ann', value: null };
    await postgresRewardBook(pool, names).note({ ...reward, ids: ['old'], at: new Date(Date.now() - 60_001) });
    expect(await book.find('old')).toBeNull();
    await book.note({ ...reward, ids: ['new'], at: new Date() });
    expect((await pool.query('SELECT 1 FROM "a.b"."short ""lived"""')).rowCount).toBe(1);
    expect(await book.find('new')).not.toBeNull();
  });

  test('a connection that died while idle costs nothing; a missing table says to call migrate()', async () => {
    const own = new Pool({ connectionString: service.url, max: 1 });
    const book = postgresRewardBook(own);
    expect(await book.find('a')).toBeNull();
    await pool.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL`,
    );
    expect(await book.find('a')).toBeNull();
    const missing = postgresRewardBook(own, { table: 'never_made' });
    await expect(missing.find('a')).rejects.toThrow(/call its migrate\(\)/);
    await expect(postgresRewardBook(own, { table: 'never_made', schema: 'nowhere' }).find('a')).rejects.toBeInstanceOf(
      KiipConfigError,
    );
    expect(own.idleCount).toBe(own.totalCount);
    await own.end();
  });

  test('refuses what is not a pool and every bad option in one error', () => {
    const wrong = { table: '', schema: 'ü'.repeat(32), ttlMs: -1, shema: 'x' };
    expect(() => postgresRewardBook({} as PgPoolLike, wrong)).toThrow(
      /pool .*table .*schema .*ttlMs .*did you mean schema/,
    );
  });
});
