import { KiipClient, KiipResponseError, type Transport } from 'kiip-s2s';
import { APP, CONTEXT } from '../support/context.js';

/** A client of a sandbox in another container, whose rewards are shown at `origin`. */
function clientOf(origin: string, options: { baseUrl?: string; allowInsecure?: boolean }) {
  const body = JSON.stringify({
    notification: { reward_name: 'Coins', reward_image_url: `${origin}/image.png` },
    view: { id: 'r1', modal: { body_url: `${origin}/reward/u1/r1` } },
  });
  const transport: Transport = { send: () => Promise.resolve({ status: 200, headers: {}, body }) };
  return new KiipClient({ ...APP, ...options, transport });
}

describe('a reward page under http: (PROTOCOL K20)', () => {
  const sandbox = { baseUrl: 'http://Sandbox:8301', allowInsecure: true };

  test.each(['http://sandbox:8301', 'http://SANDBOX:8302', 'http://localhost:9', 'https://api.kiip.me'])(
    'is taken on the own host with allowInsecure: %s',
    async (origin) => {
      const outcome = await clientOf(origin, sandbox).moment('m', CONTEXT);
      const shown = new URL(origin).origin;
      expect(outcome).toMatchObject({
        rewarded: true,
        reward: {
          bodyUrl: { href: `${shown}/reward/u1/r1`, rewardId: 'r1' },
          notification: { rewardImageUrl: `${shown}/image.png` },
        },
      });
    },
  );

  test.each(['http://other:8301', 'http://sandbox.evil.example:8301', 'http://evil.example/http://sandbox:8301'])(
    'is refused on any other host: %s',
    async (origin) => {
      const failure: unknown = await clientOf(origin, sandbox)
        .moment('m', CONTEXT)
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(KiipResponseError);
      expect((failure as Error).message).toContain('allowInsecure');
    },
  );

  test('is refused on the own host without allowInsecure', async () => {
    const client = clientOf('http://api.kiip.me', {});
    await expect(client.moment('m', CONTEXT)).rejects.toBeInstanceOf(KiipResponseError);
  });
});
