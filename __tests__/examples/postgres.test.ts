import { readFileSync } from 'node:fs';
import { Pool } from 'pg';
import { describeWith, startPostgres, type Service } from '../support/services.js';
import { Example, SECRET, deliver, expectCreditedOnce, redemption, type Delivery } from './example.js';

describeWith('postgres', 'examples over PostgreSQL', () => {
  let service: Service;
  let pool: Pool;
  beforeAll(async () => {
    service = await startPostgres();
    pool = new Pool({ connectionString: service.url });
    await pool.query(readFileSync('examples/express-postgres/schema.sql', 'utf8'));
  });
  beforeEach(async () => {
    await pool.query('DROP TABLE IF EXISTS kiip_s2s_callbacks');
    await pool.query(`TRUNCATE players; INSERT INTO players (id) VALUES ('7 ann')`);
  });
  afterAll(async () => {
    await pool.end();
    await service.stop();
  });
  const coins = async (): Promise<number> =>
    Number((await pool.query<{ coins: string }>('SELECT coins FROM players')).rows[0]?.coins);
  const env = (): Record<string, string> => ({ DATABASE_URL: service.url, KIIP_APP_SECRET: SECRET, PORT: '0' });

  test.each(['express-postgres/server.ts', 'fetch-handler/hono.ts'])('%s', async (file) => {
    const example = await Example.start(file, env());
    const port = await example.port();
    await expectCreditedOnce((body) => deliver(port, body), coins);
    // Nobody to credit: not processed, and processed once the player exists.
    const early = redemption('reward-2', 'new', 3);
    expect(await deliver(port, early)).toMatchObject({ status: 500 });
    await pool.query(`INSERT INTO players (id) VALUES ('new')`);
    expect(await deliver(port, early)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
    expect(example.output).toContain('no such player');
    expect(await example.end('SIGTERM')).toBe(0);
  });

  describe('in this process', () => {
    const before = { ...process.env };
    beforeEach(() => Object.assign(process.env, env()));
    afterEach(() => {
      process.env = { ...before };
      jest.resetModules();
    });

    test('fetch-handler/app/kiip/callback/route.ts, as Next.js calls it', async () => {
      const { close, ledger } = await import('../../examples/fetch-handler/receiver.js');
      const route = await import('../../examples/fetch-handler/app/kiip/callback/route.js');
      await ledger.migrate();
      const send = async (body: string): Promise<Delivery> => {
        const request = new Request('https://game.example/kiip/callback', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        const response = await route.POST(request);
        return { status: response.status, body: await response.text() };
      };
      await expectCreditedOnce(send, coins);
      expect([route.runtime, route.dynamic]).toEqual(['nodejs', 'force-dynamic']);
      await close();
    });

    test('lambda/handler.ts, after lambda/migrate.ts: function URLs (base64) and API Gateway v1', async () => {
      const migration = await Example.start('lambda/migrate.ts', env());
      expect(await migration.end()).toBe(0);
      const { handler } = await import('../../examples/lambda/handler.js');
      const { pool: own } = await import('../../examples/lambda/ledger.js');
      const headers = { 'content-type': 'application/json' };
      const functionUrl = (body: string): Parameters<typeof handler>[0] => ({
        requestContext: { http: { method: 'POST' } },
        headers,
        body: Buffer.from(body).toString('base64'),
        isBase64Encoded: true,
      });
      const apiGateway = (body: string): Parameters<typeof handler>[0] => ({
        httpMethod: 'POST',
        headers,
        body,
        isBase64Encoded: false,
      });
      let count = 0;
      const send = async (body: string): Promise<Delivery> => {
        const { statusCode, body: answer } = await handler(count++ % 2 === 0 ? functionUrl(body) : apiGateway(body));
        return { status: statusCode, body: answer };
      };
      await expectCreditedOnce(send, coins);
      await own.end();
    });
  });
});
