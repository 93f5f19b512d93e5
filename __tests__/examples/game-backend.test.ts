import { startSandbox, type Sandbox } from 'kiip-s2s/sandbox';
import { freePort } from '../support/services.js';
import { Example, SECRET } from './example.js';

interface Wire {
  events?: { id: string }[];
  moment?: object;
  user_consent_info?: object;
}

test('game-backend/server.ts: session, reward, choice, currency, end', async () => {
  const port = await freePort();
  const sandbox: Sandbox = await startSandbox({
    appSecret: SECRET,
    callbackUrl: `http://127.0.0.1:${port}/kiip/callback`,
  });
  const example = await Example.start('game-backend/server.ts', {
    KIIP_APP_KEY: sandbox.appKey,
    KIIP_APP_SECRET: SECRET,
    KIIP_BASE_URL: sandbox.url,
    PORT: String(port),
  });
  try {
    await example.port();
    const player = {
      device: { id: '45e3-1d799e20', os: 'Android 15', lang: 'en', locale: 'en_US' },
      connection: { ip: '54.174.101.1' },
      user: { userId: 'ann' },
    };
    const post = async (path: string, body: object, headers = {}): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return response.json();
    };
    await post('/join', player);
    const { reward } = (await post('/level-up', player)) as { reward: { id: string } };
    expect(await post('/consent', { choice: false, state: 'ca', player }, { 'sec-gpc': '1' })).toEqual({
      outcome: 'delivered',
    });
    expect(await sandbox.redeem(reward.id)).toMatchObject({ status: 200 });
    expect(await post('/leave', player)).toEqual({ coins: 20 });
    const wires = sandbox.requests.map(({ body }) => body as Wire);
    expect(wires.map(({ moment, events }) => (moment === undefined ? events?.[0]?.id : 'moment'))).toEqual([
      'session_start',
      'moment',
      'session_start',
      'session_end',
    ]);
    expect(wires.map((wire) => wire.user_consent_info ?? null)).toEqual([
      null,
      null,
      { user_compliance: true, state: 'CA' },
      null,
    ]);
    expect(await post('/join', { ...player, device: {} })).toEqual({});
    expect(example.output).toContain('invalid_request');
  } finally {
    expect(await example.end('SIGTERM')).toBe(0);
    await sandbox.close();
  }
});
