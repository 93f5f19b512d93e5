import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { createCallbackReceiver, type CallbackReceiver } from 'kiip-s2s/callbacks';
import { postgresLedger, type PgClientLike } from 'kiip-s2s/postgres';
import { redisLedger } from 'kiip-s2s/redis';
import { startClock } from '../support/clock.js';
import { describeWith, startPostgres, startRedis } from '../support/services.js';
import { SECRET, redemption } from './processes/fleet.js';

// The receiver over real stores that come and go.

const post = (receiver: CallbackReceiver, rawBody: string): Promise<{ status: number; body: string }> =>
  receiver.handle({ method: 'POST', headers: { 'content-type': 'application/json' }, rawBody });

/** The same signature over another cut of the same text (PROTOCOL K26): 1 for "23 ann" is 12 for "3 ann". */
function recut(body: string): string {
  const fields = JSON.parse(body) as { quantity: number; user_id: string };
  const text = `${fields.quantity}${fields.user_id}`;
  return JSON.stringify({ ...fields, quantity: Number(text.slice(0, 2)), user_id: text.slice(2) });
}

async function untilProcessed(receiver: CallbackReceiver, body: string): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await post(receiver, body);
    if (answer.status === 200) return expect(answer.body).toBe('{"result":"processed"}');
    if (Date.now() > end) throw new Error(`still ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describeWith('postgres', 'receiver over postgresLedger', () => {
  test('a re-cut is a duplicate; PostgreSQL down is a 500 at once; back again it credits, with the same pool', async () => {
    const service = await startPostgres();
    // No listener for `error`: losing the database must not end the process all the same.
    const pool = new Pool({ connectionString: service.url });
    const ledger = postgresLedger(pool);
    const credit = jest.fn(async (tx: PgClientLike) => void (await tx.query('INSERT INTO credits VALUES (1)')));
    const prepare = async (): Promise<void> => {
      await ledger.migrate();
      await pool.query('CREATE TABLE credits (n int)');
    };
    await prepare();
    const receiver = createCallbackReceiver({
      secret: SECRET,
      ledger,
      onError: () => undefined,
      onRedemption: (_event, { tx }) => credit(tx),
    });

    const body = redemption('t-1', '23 ann', 1);
    expect(await post(receiver, body)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
    expect(await post(receiver, body)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
    expect(await post(receiver, recut(body))).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
    expect(credit).toHaveBeenCalledTimes(1);

    await service.stop();
    const later = redemption('t-2', 'bob', 5);
    const elapsed = startClock();
    expect(await post(receiver, later)).toMatchObject({ status: 500 });
    expect(elapsed()).toBeLessThan(3_000);

    const again = await startPostgres({ port: service.port });
    await prepare();
    await untilProcessed(receiver, later);
    expect(credit).toHaveBeenCalledTimes(2);
    expect((await pool.query('SELECT * FROM credits')).rowCount).toBe(1);
    await receiver.close();
    await pool.end();
    await again.stop();
  });

  test('a handler that runs into its time limit: 500, tx is dead, nothing is written, the redelivery credits', async () => {
    const service = await startPostgres();
    const pool = new Pool({ connectionString: service.url });
    const ledger = postgresLedger(pool);
    await ledger.migrate();
    await pool.query('CREATE TABLE credits (n int)');
    let slow = true;
    let late: Promise<unknown> = Promise.resolve();
    const receiver = createCallbackReceiver({
      secret: SECRET,
      ledger,
      handlerTimeoutMs: 200,
      onError: () => undefined,
      async onRedemption(_event, { tx, signal }) {
        await tx.query('INSERT INTO credits VALUES (1)');
        if (!slow) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        await new Promise((resolve) => setImmediate(resolve));
        late = tx.query('INSERT INTO credits VALUES (2)').catch((error: unknown) => error);
        await late;
      },
    });
    const body = redemption('t-1', 'ann', 1);
    expect(await post(receiver, body)).toMatchObject({ status: 500 });
    slow = false;
    await untilProcessed(receiver, body);
    expect(await late).toMatchObject({ code: 'tx_over' });
    expect((await pool.query('SELECT n FROM credits')).rows).toEqual([{ n: 1 }]);
    await receiver.close();
    await pool.end();
    await service.stop();
  });
});

describeWith('redis', 'a handler’s signal over redisLedger', () => {
  test('a lost lease aborts the signal, also one that is looked at later; a handler that does not look has no controller made', async () => {
    const service = await startRedis();
    const client = new Redis(service.url);
    const ledger = redisLedger(client, { leaseMs: 150 });
    const reasons: unknown[] = [];
    const lose = (key: string): Promise<unknown> => client.del(`kiip-s2s:{ledger}${key}`);
    const aborted = (signal: AbortSignal): Promise<unknown> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));
    const early = createCallbackReceiver({
      secret: SECRET,
      ledger,
      async onRedemption({ dedupKeys: [key] }, { signal }) {
        const told = aborted(signal);
        await lose(key);
        reasons.push(await told);
      },
    });
    await post(early, redemption('t-early', 'ann', 1));
    const late = createCallbackReceiver({
      secret: SECRET,
      ledger,
      async onRedemption({ dedupKeys: [key] }, context) {
        await lose(key);
        await new Promise((resolve) => setTimeout(resolve, 400));
        expect(context.signal).toBe(context.signal);
        reasons.push(context.signal.reason);
      },
    });
    await post(late, redemption('t-late', 'ann', 1));
    expect(reasons).toEqual([
      expect.objectContaining({ code: 'claim_lost' }),
      expect.objectContaining({ code: 'claim_lost' }),
    ]);

    const made = jest.spyOn(globalThis, 'AbortController');
    const blind = createCallbackReceiver({ secret: SECRET, ledger, onRedemption: () => undefined });
    expect(await post(blind, redemption('t-blind', 'ann', 1))).toMatchObject({ body: '{"result":"processed"}' });
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
    await client.quit();
    await service.stop();
  });
});

describeWith('redis', 'receiver over redisLedger', () => {
  const clients = {
    async ioredis(url: string) {
      const client = new Redis(url, { disconnectTimeout: 50 });
      client.on('error', () => undefined);
      return { client, close: () => client.disconnect() };
    },
    async 'node-redis'(url: string) {
      // No listener for `error`: node-redis would end the process.
      const client = await createClient({ url }).connect();
      return { client, close: () => client.destroy() };
    },
  };

  test.each(Object.entries(clients))(
    '%s: a re-cut is a duplicate; Redis down is a 500 within 3 s; back again it credits',
    async (_name, connect) => {
      const service = await startRedis();
      const { client, close } = await connect(service.url);
      const credit = jest.fn();
      const receiver = createCallbackReceiver({
        secret: SECRET,
        ledger: redisLedger(client),
        onError: () => undefined,
        onRedemption: credit,
      });

      const body = redemption('t-1', '23 ann', 1);
      expect(await post(receiver, body)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
      expect(await post(receiver, recut(body))).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
      expect(credit).toHaveBeenCalledTimes(1);

      await service.stop();
      const later = redemption('t-2', 'bob', 5);
      const elapsed = startClock();
      expect(await post(receiver, later)).toMatchObject({ status: 500 });
      expect(elapsed()).toBeLessThan(3_000);

      const again = await startRedis({ port: service.port });
      await untilProcessed(receiver, later);
      expect(credit).toHaveBeenCalledTimes(2);
      await receiver.close();
      close();
      await again.stop();
    },
  );
});
