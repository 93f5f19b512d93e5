import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { createCallbackReceiver, type CallbackReceiver, type RewardBook } from '../../../src/callbacks/index.js';
import { postgresLedger, postgresRewardBook } from '../../../src/stores/postgres/index.js';
import { redisLedger, redisRewardBook, type RedisLike } from '../../../src/stores/redis/index.js';
import type { WorkerMessage, WorkerOptions } from './messages.js';

// A process as a game would run it: a receiver over a shared store, behind HTTP. Crashes here are real crashes.

const options = JSON.parse(process.env['WORKER'] ?? '') as WorkerOptions;
const tell = (message: WorkerMessage): unknown => process.send?.(message);

async function middle(): Promise<void> {
  if (options.handler === 'credit') return sleep(20);
  tell({ kind: 'entered' });
  await once(process, 'message');
}

const useBook = (rewardBook: RewardBook): { rewardBook?: RewardBook; unknownReward?: 'refuse' } =>
  options.refusesUnknown === true ? { rewardBook, unknownReward: 'refuse' } : {};

function overPostgres(): CallbackReceiver {
  const pool = new Pool({ connectionString: options.url });
  const ledger = postgresLedger(pool, { stalledAfterMs: options.stallMs });
  return createCallbackReceiver({
    secret: options.secret,
    onError: () => undefined,
    ...useBook(postgresRewardBook(pool)),
    ledger,
    async onRedemption({ userId, quantity }, { tx }) {
      await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
      await middle();
      await tx.query('INSERT INTO credits (player, coins) VALUES ($1, $2)', [userId, quantity]);
    },
  });
}

function overRedis(client: RedisLike, credit: (player: string, coins: number) => Promise<unknown>): CallbackReceiver {
  return createCallbackReceiver({
    secret: options.secret,
    onError: () => undefined,
    ...useBook(redisRewardBook(client)),
    ledger: redisLedger(client, { leaseMs: options.stallMs }),
    async onRedemption({ userId, quantity }) {
      await middle();
      await credit(userId, quantity);
    },
  });
}

async function receiverOf(): Promise<CallbackReceiver> {
  if (options.store === 'postgres') return overPostgres();
  if (options.store === 'ioredis') {
    const client = new Redis(options.url);
    return overRedis(client, (player, coins) => client.incrby(player, coins));
  }
  const client = await createClient({ url: options.url }).connect();
  return overRedis(client, (player, coins) => client.incrBy(player, coins));
}

async function main(): Promise<void> {
  const receiver = await receiverOf();
  const server = createServer(async (request, response) => {
    const { method = '', headers } = request;
    const answer = await receiver.handle({ method, headers, rawBody: await buffer(request) });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') tell({ kind: 'listening', port: address.port });
  });
}

void main();
