// A game's backend in one file: a session around play, a moment, the player's choice about their data, and virtual currency.
//
//   npm install kiip-s2s express
//   KIIP_APP_KEY=... KIIP_APP_SECRET=... PORT=8080 npx tsx server.ts
//
// Everything is kept in memory here. With more than one process, use the stores of kiip-s2s/redis or kiip-s2s/postgres.
import express, { type Request } from 'express';
import { isKiipError, KiipClient, type PlayerSession } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger, memoryRewardBook } from 'kiip-s2s/callbacks';
import { consentFromSignals, gpcFromRequest, memoryConsentStore } from 'kiip-s2s/consent';
import { callbackHandler } from 'kiip-s2s/express';

const consentStore = memoryConsentStore();
const rewardBook = memoryRewardBook();
const client = new KiipClient({
  appKey: process.env['KIIP_APP_KEY'] ?? '',
  appVersion: '1.4.2',
  test: process.env['NODE_ENV'] !== 'production',
  baseUrl: process.env['KIIP_BASE_URL'],
  dnsCompliance: true,
  blockedCountries: ['gdpr'],
  unknownCountry: 'send',
  consentStore,
  rewardBook,
});

/** What the game client sends about the player. With a consent store it includes no consent. */
type Player = Parameters<typeof client.openSession>[0] & { user: { userId: string } };

const sessions = new Map<string, PlayerSession>();
const coins = new Map<string, number>();

const receiver = createCallbackReceiver({
  secret: process.env['KIIP_APP_SECRET'] ?? '',
  ledger: memoryLedger(),
  rewardBook,
  unknownReward: 'refuse',
  onRedemption: ({ userId, quantity }) => void coins.set(userId, (coins.get(userId) ?? 0) + quantity),
  onError: (error) => console.error('callback not processed:', error),
});

const app = express();
// Mount it above any body parser, because the signature covers the body as it was sent.
app.all('/kiip/callback', callbackHandler(receiver));
app.use(express.json());

const readPlayer = (request: Request): Player => request.body as Player;

app.post('/join', async (request, response) => {
  const player = readPlayer(request);
  sessions.set(player.user.userId, await client.openSession(player));
  response.json({});
});

app.post('/level-up', async (request, response) => {
  const session = sessions.get(readPlayer(request).user.userId);
  const outcome = await session?.moment('level_up');
  response.json({ reward: outcome?.rewarded === true ? outcome.reward : null });
});

// The switch "do not sell my data" on the settings page.
app.post('/consent', async (request, response) => {
  const { choice, state, player } = request.body as { choice: boolean; state: string; player: Player };
  const consent = consentFromSignals({ choice, gpc: gpcFromRequest(request), state });
  const outcome =
    consent === null
      ? 'unchanged'
      : await client.updateConsent(player, { optedOut: consent.optedOut, state: consent.state });
  response.json({ outcome });
});

app.post('/leave', async (request, response) => {
  const { userId } = readPlayer(request).user;
  await sessions.get(userId)?.end();
  sessions.delete(userId);
  response.json({ coins: coins.get(userId) ?? 0 });
});

// A reward that fails must not break the game: log what happened, answer, and let the player play on.
app.use((error: unknown, _request: Request, response: express.Response, _next: express.NextFunction) => {
  console.error(isKiipError(error) ? error.toJSON() : error);
  response.status(502).json({});
});

const server = app.listen(Number(process.env['PORT'] ?? 8080), () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', () => {
  server.close();
  void Promise.allSettled([...sessions.values()].map((session) => session.end())).then(async () => {
    await receiver.close();
    await client.close();
  });
});
