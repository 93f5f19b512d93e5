import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Redis as Upstash } from '@upstash/redis';
import { Redis } from 'ioredis';
import Database from 'libsql';
import { Pool, type PoolClient } from 'pg';
import { memoryLedger, type LedgerRunner } from 'kiip-s2s/callbacks';
import {
  createPingBackReceiver,
  KaminariClient,
  memoryVerdictStore,
  type PingBack,
  type VerdictStore,
} from 'kiip-s2s/kaminari';
import { postgresLedger } from 'kiip-s2s/postgres';
import { redisLedger, redisVerdictStore, type RedisLike } from 'kiip-s2s/redis';
import { sqliteLedger, sqlLedger, type SqliteDatabaseLike } from 'kiip-s2s/sql';
import { KiipConfigError } from '../../src/errors/index.js';
import { variants } from '../adapters/apps.js';
import { describeWith, startPostgres, startRedis, type Service } from '../support/services.js';
import { BRIDGE_TOKEN, startUpstashBridge } from '../support/upstash-bridge.js';

const KEY = 'XXXXXXXX';
const BACK: Omit<PingBack, 'raw' | 'subs'> = { kmnrId: 'a-b-c', kmnrKey: KEY, verdict: 'clean', blocked: false };
const back = (fields: Partial<PingBack>): PingBack => ({ ...BACK, subs: {}, raw: null, ...fields });

describe('verdictFor', () => {
  test('null before, then the newest; other impressions and other integrations say nothing', async () => {
    const verdicts = memoryVerdictStore();
    const [ours, theirs] = [KEY, 'OTHER'].map((kmnrKey) => new KaminariClient({ kmnrKey, verdicts }));
    expect(await ours?.verdictFor('a-b-c')).toBeNull();
    for (const verdict of ['unverified', 'clean', 'fraudulent', 'clean'] as const) {
      await ours?.noteVerdict(back({ verdict }));
      expect(await ours?.verdictFor('a-b-c')).toBe(verdict);
    }
    await ours?.noteVerdict(back({ kmnrKey: 'OTHER', verdict: 'fraudulent' }));
    await theirs?.noteVerdict(back({ kmnrKey: 'OTHER', verdict: 'fraudulent' }));
    expect(await ours?.verdictFor('a-b-c')).toBe('clean');
    expect(await theirs?.verdictFor('a-b-c')).toBe('fraudulent');
    expect(await ours?.verdictFor('a-b')).toBeNull();
    await expect(ours?.verdictFor('')).rejects.toMatchObject({ code: 'invalid_request', issues: [{ path: 'kmnrId' }] });
    await Promise.all([ours?.close(), theirs?.close()]);
  });

  test('a store that fails is no "null", and the ping-back is answered with 500', async () => {
    const down = (): Promise<never> => Promise.reject(new Error('down'));
    const kaminari = new KaminariClient({ kmnrKey: KEY, verdicts: { note: down, find: down } });
    await expect(kaminari.verdictFor('a')).rejects.toThrow('down');
    const onPingBack = jest.fn();
    const receiver = createPingBackReceiver({ kmnrKey: KEY, client: kaminari, onPingBack, onError: () => undefined });
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      rawBody: JSON.stringify({ kmnrId: 'a', kmnrKey: KEY, fraud: 0, block: 0 }),
    };
    expect(await receiver.handle(request)).toMatchObject({ status: 500 });
    expect(onPingBack).not.toHaveBeenCalled();
    await receiver.close();
    await kaminari.close();
  });

  test('wrong set-ups are refused', async () => {
    expect(() => new KaminariClient({ kmnrKey: KEY, verdicts: new Map() as never })).toThrow(
      /verdicts must be a store/,
    );
    const kaminari = new KaminariClient({ kmnrKey: KEY });
    expect(() => createPingBackReceiver({ kmnrKey: 'OTHER', client: kaminari })).toThrow(
      /client must be a client with this/,
    );
    expect(() => createPingBackReceiver({ kmnrKey: KEY, client: {} as never })).toThrow(
      /client must be a KaminariClient/,
    );
    expect(() => createPingBackReceiver({ kmnrKey: KEY })).toThrow(/onPingBack must be a function, unless client/);
    expect(() => createPingBackReceiver({ kmnrKey: ['OTHER', KEY], client: kaminari })).not.toThrow();
    await kaminari.close();
  });
});

interface StoreFixture {
  readonly first: VerdictStore;
  readonly second: VerdictStore;
  close(): Promise<void>;
}

/** What every store of verdicts has to do, on its real store. */
function describeVerdictStore(name: string, start: () => Promise<StoreFixture>): void {
  describe(`the verdict store contract: ${name}`, () => {
    let fixture: StoreFixture;
    beforeAll(async () => {
      fixture = await start();
    });
    afterAll(() => fixture.close());
    const at = (ms: number): Date => new Date(Date.now() + ms);

    test('the verdict with the latest time stays, whichever worker noted it', async () => {
      const { first, second } = fixture;
      expect(await first.find('k1')).toBeNull();
      const now = at(0);
      await first.note({ key: 'k1', verdict: 'clean', at: now });
      expect(await second.find('k1')).toBe('clean');
      await second.note({ key: 'k1', verdict: 'unverified', at: new Date(now.getTime() - 1) });
      expect(await first.find('k1')).toBe('clean');
      await second.note({ key: 'k1', verdict: 'fraudulent', at: now });
      expect(await first.find('k1')).toBe('fraudulent');
      expect(await first.find('k')).toBeNull();
    });

    test('it is kept for 7 days', async () => {
      const day = 24 * 60 * 60 * 1000;
      await fixture.first.note({ key: 'old', verdict: 'clean', at: at(-6.9 * day) });
      await fixture.first.note({ key: 'older', verdict: 'clean', at: at(-7.1 * day) });
      expect([await fixture.second.find('old'), await fixture.second.find('older')]).toEqual(['clean', null]);
    });

    test('many at once: the newest of each is found', async () => {
      const now = Date.now();
      await Promise.all(
        Array.from({ length: 60 }, (_, i) => {
          const store = i % 2 === 0 ? fixture.first : fixture.second;
          const verdict = i >= 40 ? 'fraudulent' : 'clean';
          return store.note({ key: `many-${i % 20}`, verdict, at: new Date(now + i) });
        }),
      );
      const found = await Promise.all(Array.from({ length: 20 }, (_, i) => fixture.first.find(`many-${i}`)));
      expect(new Set(found)).toEqual(new Set(['fraudulent']));
    });
  });
}

describeVerdictStore('memoryVerdictStore', async () => {
  const store = memoryVerdictStore();
  return { first: store, second: store, close: async () => undefined };
});

describe('memoryVerdictStore', () => {
  test('maxEntries forgets the oldest', async () => {
    const store = memoryVerdictStore({ maxEntries: 2 });
    for (const key of ['a', 'b', 'a', 'c']) await store.note({ key, verdict: 'clean', at: new Date() });
    expect(await Promise.all(['a', 'b', 'c'].map((key) => store.find(key)))).toEqual(['clean', null, 'clean']);
  });

  test('wrong options', () => {
    const wrong = { ttlMs: 0, maxEntries: 0.5, ttlMS: 1 };
    expect(() => memoryVerdictStore(wrong)).toThrow(KiipConfigError);
    expect(() => memoryVerdictStore(wrong)).toThrow(/ttlMs .*maxEntries .*did you mean ttlMs/);
  });
});

/** Every adapter, in front of a receiver over `ledger`: the same answers, and a client that knows the verdict. */
function describeReceiver<Tx>(name: string, makeLedger: () => LedgerRunner<Tx>): void {
  const plain = variants.filter(({ left }) => left !== 'gone');
  test.each(plain.map((variant) => [`${variant.adapter}, ${variant.before}`, variant] as const))(
    `${name}: %s`,
    async (_name, variant) => {
      const kaminari = new KaminariClient({ kmnrKey: KEY });
      const seen: string[] = [];
      const receiver = createPingBackReceiver({
        kmnrKey: KEY,
        client: kaminari,
        ledger: makeLedger(),
        onRefused: () => undefined,
        onPingBack: async ({ kmnrId, verdict, subs }, { tx }) => {
          seen.push(JSON.stringify([verdict, subs, typeof tx]));
          expect(await kaminari.verdictFor(kmnrId)).toBe(verdict);
        },
      });
      const app = await variant.start(receiver);
      const kmnrId = `${name}-${_name}`.replace(/[^a-z0-9]+/gi, '-').slice(0, 150);
      const post = async (fields: object, contentType = 'application/json'): Promise<[number, string]> => {
        const body = JSON.stringify({ kmnrId, kmnrKey: KEY, block: 0, sub1: 1001, sub2: '', sub10: 'x', ...fields });
        const response = await fetch(app.url, { method: 'POST', body, headers: { 'content-type': contentType } });
        return [response.status, (JSON.parse(await response.text()) as { result?: string }).result ?? ''];
      };
      try {
        expect(await post({ fraud: 0 })).toEqual([200, 'processed']);
        expect(await post({ fraud: '0' })).toEqual([200, 'duplicate']);
        expect(await kaminari.verdictFor(kmnrId)).toBe('clean');
        expect(await post({ fraud: 1, kmnrKey: 'OTHER' })).toEqual([400, '']);
        expect(await kaminari.verdictFor(kmnrId)).toBe('clean');
        expect(await post({ fraud: 1 })).toEqual([200, 'processed']);
        expect(await kaminari.verdictFor(kmnrId)).toBe('fraudulent');
        expect(await post({ fraud: 7 })).toEqual([400, '']);
        expect(seen.map((one) => (JSON.parse(one) as unknown[]).slice(0, 2))).toEqual([
          ['clean', { sub1: '1001', sub2: '', sub10: 'x' }],
          ['fraudulent', { sub1: '1001', sub2: '', sub10: 'x' }],
        ]);
      } finally {
        await app.close();
        await receiver.close();
        await kaminari.close();
      }
    },
  );
}

describe('ping-backs through every adapter with every ledger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-ping-backs-'));
  const path = join(folder, 'ledger.db');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describeReceiver('memoryLedger', () => memoryLedger());
  describeReceiver('sqliteLedger', () =>
    sqliteLedger(path, { database: new Database(path) as unknown as SqliteDatabaseLike }),
  );

  describeWith('redis', 'on Redis', () => {
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

    describeReceiver('redisLedger', () => redisLedger(redis));
    describeVerdictStore('redisVerdictStore, ioredis and @upstash/redis', async () => {
      const bridge = await startUpstashBridge(service.url);
      const upstash = new Upstash({ url: bridge.url, token: BRIDGE_TOKEN, enableTelemetry: false });
      return {
        first: redisVerdictStore(redis),
        second: redisVerdictStore(upstash),
        close: async () => void (await bridge.stop()),
      };
    });

    test('redisVerdictStore keeps digests that end by themselves, and refuses wrong options', async () => {
      const verdicts = redisVerdictStore(redis, { prefix: 'ends:', ttlMs: 60_000 });
      const kaminari = new KaminariClient({ kmnrKey: KEY, verdicts });
      await kaminari.noteVerdict(back({ kmnrId: 'an-id-with-a-name' }));
      expect(await kaminari.verdictFor('an-id-with-a-name')).toBe('clean');
      const [key = ''] = await redis.keys('ends:*');
      expect(key).toMatch(/^ends:verdict:[0-9a-f]{64}$/);
      expect(await redis.pttl(key)).toBeGreaterThan(50_000);
      expect(inspect(kaminari, { depth: 8, showHidden: true })).not.toContain('an-id-with-a-name');
      await kaminari.close();
      const wrong = { prefix: 5, ttlMs: 0, prefx: '' } as never;
      expect(() => redisVerdictStore({} as RedisLike, wrong)).toThrow(/client .*prefix .*ttlMs .*did you mean prefix/);
      const other = { evalsha: async () => 1, eval: async () => 1 };
      await expect(redisVerdictStore(other).find('a')).rejects.toMatchObject({ code: 'store_answer' });
      await expect(redisVerdictStore(other).note({ key: 'a', verdict: 'clean', at: new Date() })).rejects.toMatchObject(
        {
          code: 'store_answer',
        },
      );
    });
  });

  describeWith('postgres', 'on PostgreSQL', () => {
    let service: Service;
    let pool: Pool;
    beforeAll(async () => {
      service = await startPostgres();
      pool = new Pool({ connectionString: service.url });
      await postgresLedger(pool).migrate();
      await makeSqlLedger().createTable();
    });
    afterAll(async () => {
      await pool.end();
      await service.stop();
    });

    const makeSqlLedger = () =>
      sqlLedger<PoolClient>({
        dialect: 'postgres',
        table: 'ping_backs',
        async transaction(run: (tx: PoolClient) => Promise<void>) {
          const client = await pool.connect();
          try {
            await client.query('BEGIN');
            await run(client);
            await client.query('COMMIT');
          } catch (error) {
            await client.query('ROLLBACK');
            throw error;
          } finally {
            client.release();
          }
        },
        query: (tx: PoolClient, text: string, values: unknown[]) => tx.query(text, values),
      });

    describeReceiver('postgresLedger', () => postgresLedger(pool));
    describeReceiver('sqlLedger', makeSqlLedger);
  });
});
