import { Redis as Upstash } from '@upstash/redis';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import type { ConsentStore } from 'kiip-s2s/consent';
import { postgresConsentStore, type PgPoolLike } from 'kiip-s2s/postgres';
import { redisConsentStore, type RedisLike } from 'kiip-s2s/redis';
import { describeConsentStore } from '../consent/contract.js';
import { describeWith, startPostgres, startRedis, type Service } from '../support/services.js';
import { BRIDGE_TOKEN, startUpstashBridge } from '../support/upstash-bridge.js';

/** Both workers in turn, so that each call of a contract meets what the other one wrote. */
function alternate(stores: readonly [ConsentStore, ConsentStore]): ConsentStore {
  let turn = 0;
  const next = (): ConsentStore => stores[(turn += 1) % 2 === 0 ? 0 : 1];
  return {
    put: (...args) => next().put(...args),
    due: (...args) => next().due(...args),
    delivered: (...args) => next().delivered(...args),
    history: (...args) => next().history(...args),
  };
}

describeWith('redis', 'redisConsentStore', () => {
  let service: Service;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    service = await startRedis();
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await service.stop();
  });

  describeConsentStore('redisConsentStore, ioredis and node-redis', async () => {
    const one = new Redis(service.url);
    const two = await createClient({ url: service.url }).connect();
    closing.push(
      () => one.quit(),
      () => two.close(),
    );
    return alternate([redisConsentStore(one), redisConsentStore(two)]);
  });

  describeConsentStore('redisConsentStore, @upstash/redis', async () => {
    const bridge = await startUpstashBridge(service.url);
    closing.push(() => bridge.stop());
    const client = new Upstash({ url: bridge.url, token: BRIDGE_TOKEN, enableTelemetry: false });
    return redisConsentStore(client, { prefix: 'upstash:' });
  });

  test('keeps digests of ids, without an end', async () => {
    const client = new Redis(service.url);
    const store = redisConsentStore(client, { prefix: 'kept:' });
    await store.put('a player', { optedOut: true, at: new Date() });
    await store.delivered('a player', 'a phone', new Date());
    const [key = ''] = await client.keys('kept:*');
    expect(key).toMatch(/^kept:consent:[0-9a-f]{64}$/);
    expect(await client.pttl(key)).toBe(-1);
    expect(await client.get(key)).not.toMatch(/a player|a phone/);
    await client.quit();
  });

  test('refuses what is not a client, and misspelt options', async () => {
    expect(() => redisConsentStore({} as RedisLike, { prefx: 'a' } as never)).toThrow(/client .*did you mean prefix/);
    const other = { evalsha: async () => 1, eval: async () => 1 };
    await expect(redisConsentStore(other).due('a', 'b')).rejects.toMatchObject({ code: 'store_answer' });
  });
});

describeWith('postgres', 'postgresConsentStore', () => {
  let service: Service;
  const pools: Pool[] = [];
  const openPool = (): Pool => {
    const pool = new Pool({ connectionString: service.url });
    pools.push(pool);
    return pool;
  };
  beforeAll(async () => {
    service = await startPostgres();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await service.stop();
  });

  describeConsentStore('postgresConsentStore', async () => {
    const [one, two] = [postgresConsentStore(openPool()), postgresConsentStore(openPool())] as const;
    await Promise.all([one.migrate(), two.migrate()]);
    return alternate([one, two]);
  });

  test('keeps digests of ids', async () => {
    const pool = openPool();
    const store = postgresConsentStore(pool, { table: 'kept', schema: 'apart' });
    await store.migrate();
    await store.put('a player', { optedOut: true, at: new Date() });
    await store.delivered('a player', 'a phone', new Date());
    const { rows } = await pool.query('SELECT * FROM apart.kept');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/a player|a phone/);
  });

  test('a missing table says to call migrate(); what is not a pool and misspelt options are refused', async () => {
    const store = postgresConsentStore(openPool(), { table: 'never_made' });
    await expect(store.due('a', 'b')).rejects.toThrow(/call its migrate\(\)/);
    expect(() => postgresConsentStore({} as PgPoolLike, { tabel: 'a' } as never)).toThrow(/pool .*did you mean table/);
  });
});
