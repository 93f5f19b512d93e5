import { fork } from 'node:child_process';
import { once } from 'node:events';
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
import { bundle } from './processes/fleet.js';
import type { ConsentRacer } from './processes/consent.js';

const built = bundle();
afterAll(() => built.remove());

/**
 * Four processes put 100 choices of one player at once, each with a time of its own and the opposite of its neighbours'. Whatever the order in
 * which they come, those that changed something did so in the order of their times, nothing older came after, and the newest is what is due.
 */
async function race(store: ConsentStore, kind: ConsentRacer['store'], url: string): Promise<void> {
  const user = `racer-${kind}`;
  const times = Array.from({ length: 100 }, (_, n) => 1_700_000_000_000 + n);
  const children = Array.from({ length: 4 }, (_, n) => {
    const racer: ConsentRacer = { store: kind, url, user, times: times.filter((_time, at) => at % 4 === n) };
    const env = { ...process.env, RACER: JSON.stringify(racer) };
    return fork(built.consent, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  const reports = children.map((child) => once(child, 'message'));
  const exits = children.map((child) => once(child, 'exit'));
  for (const child of children) child.send('go');
  const outcomes = (await Promise.all(reports)).flatMap(([report]) => report as { time: number; outcome: string }[]);
  await Promise.all(exits);
  expect(outcomes).toHaveLength(100);
  const newest = times.at(-1) as number;
  // Where its neighbour came too late, the newest choice meets one that says the same, and changes nothing.
  expect(outcomes.find(({ time }) => time === newest)?.outcome).toMatch(/^(?:un)?changed$/);
  expect(await store.due(user, 'phone')).toMatchObject({ optedOut: newest % 2 === 0 });
  const changed = outcomes.filter(({ outcome }) => outcome === 'changed').map(({ time }) => time);
  const history = (await store.history(user)).map(({ at }) => at.getTime());
  expect(history).toEqual([...changed].sort((a, b) => a - b));
  expect(await store.put(user, { optedOut: false, at: new Date(newest - 1) })).toBe('stale');
}

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

  test('several processes: one order, and the newest choice stays', async () => {
    const client = new Redis(service.url);
    await race(redisConsentStore(client), 'redis', service.url);
    await client.quit();
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

  test('several processes: one order, and the newest choice stays', async () => {
    const store = postgresConsentStore(openPool());
    await store.migrate();
    await race(store, 'postgres', service.url);
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
