// Virtual-currency callbacks with Fastify and Redis, for games that keep their balances in Redis.
//
//   npm install kiip-s2s fastify ioredis
//   REDIS_URL=redis://localhost:6379 KIIP_APP_SECRET=... PORT=8080 npx tsx server.ts
//
// Set the callback URL of the app to https://<your host>/kiip/callback.
import fastify from 'fastify';
import { Redis } from 'ioredis';
import { createCallbackReceiver, type CallbackEvent } from 'kiip-s2s/callbacks';
import { callbackPlugin } from 'kiip-s2s/fastify';
import { redisLedger } from 'kiip-s2s/redis';

const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://localhost:6379');
redis.on('error', (error) => console.error('redis:', error.message));

// In Redis, the credit and the ledger's mark are two steps. When a process dies between them, the callback comes again,
// so the credit is one script that does nothing the second time.
const CREDIT = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX') then redis.call('INCRBY', KEYS[2], ARGV[1]) end
return 'ok'`;

async function credit({ userId, quantity, dedupKeys: [key] }: CallbackEvent): Promise<void> {
  await redis.eval(CREDIT, 2, `game:credited:${key}`, `game:coins:${userId}`, quantity);
}

const receiver = createCallbackReceiver({
  secret: () => process.env['KIIP_APP_SECRET'] ?? '',
  ledger: redisLedger(redis, { prefix: 'game:callbacks:' }),
  onRedemption: credit,
  onIssuance: credit,
  onError: (error) => console.error('callback not processed:', error),
  onRefused: ({ status, code, advice }) => console.warn(`callback refused: ${status} ${code}. ${advice}`),
});

const app = fastify();
// The plugin reads the raw body of its own route only; JSON routes stay as they are.
app.register(callbackPlugin(receiver, { path: '/kiip/callback' }));

await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '0.0.0.0' });
const address = app.server.address();
console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);

process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => receiver.close())
    .then(() => redis.quit());
});
