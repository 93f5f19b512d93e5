import { createClient } from 'redis';
import { Client } from 'pg';
import { describeWith, startPostgres, startRedis } from './services.js';
import { launchChromium } from './chromium.js';

describeWith('redis', 'startRedis', () => {
  test('answers', async () => {
    const service = await startRedis();
    const client = await createClient({ url: service.url }).connect();
    expect(await client.ping()).toBe('PONG');
    await client.close();
    await service.stop();
  });
});

describeWith('postgres', 'startPostgres', () => {
  test('answers', async () => {
    const service = await startPostgres();
    const client = new Client(service.url);
    await client.connect();
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    await service.stop();
  });
});

describeWith('chromium', 'launchChromium', () => {
  test('renders a page', async () => {
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.setContent('<h1>hello</h1>');
    expect(await page.textContent('h1')).toBe('hello');
    await browser.close();
  });
});
