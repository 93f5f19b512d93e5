import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { RewardBook } from 'kiip-s2s/callbacks';
import { postgresLedger, postgresRewardBook } from 'kiip-s2s/postgres';
import { redisRewardBook } from 'kiip-s2s/redis';
import { describeWith, startPostgres, startRedis, type Service } from '../support/services.js';
import { SECRET, Worker, bundle, redeliver, redemption } from './processes/fleet.js';
import type { WorkerOptions } from './processes/messages.js';

// Whoever has the secret can sign anything. Four processes that share a book of the rewards that were handed out credit those and no others.

const PLAYERS = ['ann', 'bob', '23 ann', '3 ann'];
const built = bundle();
afterAll(() => built.remove());

interface Bank {
  readonly service: Service;
  readonly kinds: readonly WorkerOptions['store'][];
  readonly book: RewardBook;
  coins(player: string): Promise<number>;
  close(): Promise<void>;
}

const banks = {
  async postgres(): Promise<Bank> {
    const service = await startPostgres();
    const pool = new Pool({ connectionString: service.url });
    await pool.query('CREATE TABLE players (id text PRIMARY KEY, coins int NOT NULL)');
    await pool.query('CREATE TABLE credits (player text, coins int)');
    await pool.query('INSERT INTO players SELECT id, 0 FROM unnest($1::text[]) AS id', [PLAYERS]);
    await postgresLedger(pool).migrate();
    const book = postgresRewardBook(pool);
    await book.migrate();
    return {
      service,
      book,
      kinds: ['postgres'],
      coins: async (id) => Number((await pool.query('SELECT coins FROM players WHERE id = $1', [id])).rows[0]?.coins),
      async close() {
        await pool.end();
        await service.stop();
      },
    };
  },
  async redis(): Promise<Bank> {
    const service = await startRedis();
    const redis = new Redis(service.url);
    return {
      service,
      book: redisRewardBook(redis),
      kinds: ['ioredis', 'node-redis'],
      coins: async (id) => Number(await redis.get(id)),
      async close() {
        await redis.quit();
        await service.stop();
      },
    };
  },
};

/** The same signature over another cut of the same text (PROTOCOL K26). */
function recut(body: string, change: (fields: Record<string, string | number>) => object): string {
  const fields = JSON.parse(body) as Record<string, string | number>;
  return JSON.stringify({ ...fields, ...change(fields) });
}

for (const [name, start] of Object.entries(banks))
  describeWith(name as keyof typeof banks, `${name}: a reward book under four processes`, () => {
    let bank: Bank;
    let workers: Worker[];
    beforeAll(async () => {
      bank = await start();
      workers = await Promise.all(
        Array.from({ length: 4 }, (_, n) =>
          Worker.start(built.worker, {
            store: bank.kinds[n % bank.kinds.length] as WorkerOptions['store'],
            url: bank.service.url,
            secret: SECRET,
            handler: 'credit',
            stallMs: 30_000,
            refusesUnknown: true,
          }),
        ),
      );
    });
    afterAll(async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await bank.close();
    });
    const handOut = (id: string, userId: string, value: number | null): Promise<void> =>
      bank.book.note({ ids: [id], userId, value, at: new Date() });
    const statuses = async (body: string): Promise<number[]> =>
      Promise.all(workers.map(async (worker) => (await worker.deliver(body)).status));

    test('a genuine callback passes, once', async () => {
      await handOut('t-genuine', 'ann', 20);
      const body = redemption('t-genuine', 'ann', 20);
      const answers = await Promise.all(workers.map((worker) => redeliver(worker, body)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(answers.filter((answer) => answer.body === '{"result":"processed"}')).toHaveLength(1);
      expect(await bank.coins('ann')).toBe(20);
    });

    test('a forged one with the right secret is refused: no such reward, another user, another quantity', async () => {
      await handOut('t-forged', 'ann', 20);
      for (const body of [
        redemption('t-never', 'bob', 1_000_000),
        redemption('t-forged', 'bob', 20),
        redemption('t-forged', 'ann', 1_000_000),
      ])
        expect(await statuses(body)).toEqual([401, 401, 401, 401]);
      expect(await bank.coins('bob')).toBe(0);
    });

    test('a re-cut of a message that was withheld is refused and burns nothing: the message itself still passes', async () => {
      // Without an amount in the book the user alone tells the cuts apart.
      for (const [id, value] of [
        ['t-withheld', 1],
        ['t-withheld-too', null],
      ] as const) {
        await handOut(id, '23 ann', value);
        const before = await bank.coins('23 ann');
        const body = redemption(id, '23 ann', 1);
        // 1 for "23 ann" is 12 for "3 ann", and also 1 for "23 annt" under the id that lacks its first letter.
        expect(await statuses(recut(body, () => ({ quantity: 12, user_id: '3 ann' })))).toEqual([401, 401, 401, 401]);
        expect(await statuses(recut(body, () => ({ user_id: `23 ann${id[0]}`, transaction_id: id.slice(1) })))).toEqual(
          [401, 401, 401, 401],
        );
        expect(await redeliver(workers[0] as Worker, body)).toMatchObject({
          status: 200,
          body: '{"result":"processed"}',
        });
        expect(await bank.coins('23 ann')).toBe(before + 1);
        expect(await bank.coins('3 ann')).toBe(0);
      }
    });
  });
