import { Redis } from 'ioredis';
import { describeWith, startRedis } from '../support/services.js';
import { Example, SECRET, deliver, expectCreditedOnce, redemption } from './example.js';

describeWith('redis', 'examples over Redis', () => {
  test('fastify-redis/server.ts, also when it died between the credit and the mark', async () => {
    const service = await startRedis();
    const redis = new Redis(service.url);
    const example = await Example.start('fastify-redis/server.ts', {
      REDIS_URL: service.url,
      KIIP_APP_SECRET: SECRET,
      PORT: '0',
    });
    const port = await example.port();
    const coins = async (): Promise<number> => Number(await redis.get('game:coins:7 ann'));
    await expectCreditedOnce((body) => deliver(port, body), coins);

    // Without its marks the callback comes through again, as it would after such a death; the credit itself knows better.
    await redis.del(...(await redis.keys('game:callbacks:*')));
    expect(await deliver(port, redemption('reward-1', '7 ann', 20))).toMatchObject({
      status: 200,
      body: '{"result":"processed"}',
    });
    expect(await coins()).toBe(20);

    expect(await example.end('SIGTERM')).toBe(0);
    await redis.quit();
    await service.stop();
  });
});
