// Virtual currency that waits for Kaminari's verdict: credited when the visitor is clean, refused when fraudulent, held while there is no
// verdict yet, and credited at a deadline.
//
//   npm install kiip-s2s express
//   KIIP_APP_KEY=... KIIP_APP_SECRET=... KAMINARI_KEY=... PORT=8080 npx tsx server.ts
//
// Everything is kept in memory here. With more than one process, use the ledgers of kiip-s2s/redis or kiip-s2s/postgres, and
// redisVerdictStore for the verdicts.
import express from 'express';
import { KiipClient } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
import { callbackHandler } from 'kiip-s2s/express';
import { createImpressionId, createPingBackReceiver, KaminariClient, type PageLocals } from 'kiip-s2s/kaminari';
import { HeldRewards } from './held-rewards.js';

const kmnrKey = process.env['KAMINARI_KEY'] ?? '';
const kaminari = new KaminariClient({ kmnrKey, baseUrl: process.env['KAMINARI_BASE_URL'] });
const client = new KiipClient({
  appKey: process.env['KIIP_APP_KEY'] ?? '',
  appVersion: '1.4.2',
  test: process.env['NODE_ENV'] !== 'production',
  baseUrl: process.env['KIIP_BASE_URL'],
});

/** A player's newest page view: Kaminari's id of the view, and our id of the conversion that may follow. */
interface View {
  readonly kmnrId: string;
  readonly cnvId: string;
}
const views = new Map<string, View>();
const coins = new Map<string, number>();

const held = new HeldRewards({
  holdMs: Number(process.env['HOLD_MS'] ?? 10 * 60 * 1000),
  verdictFor: (kmnrId) => kaminari.verdictFor(kmnrId),
  credit({ userId, quantity, transactionId, cnvId }) {
    coins.set(userId, (coins.get(userId) ?? 0) + quantity);
    console.log(`credited ${transactionId}`);
    // A redeemed reward is a conversion. It is reported in the background; a failed report is a result, not an error.
    void kaminari.conversion({ cnvId, status: 'l1', subs: { sub1: transactionId } });
  },
  refuse: ({ transactionId }) => console.log(`refused ${transactionId}`),
});

const callbacks = createCallbackReceiver({
  secret: process.env['KIIP_APP_SECRET'] ?? '',
  ledger: memoryLedger(),
  async onRedemption({ userId, quantity, transactionId }) {
    // A player without a view has no verdict, so the reward waits until the deadline.
    const view = views.get(userId) ?? { kmnrId: createImpressionId(), cnvId: createImpressionId() };
    await held.hold({ userId, quantity, transactionId, ...view });
  },
});
const pingBacks = createPingBackReceiver({
  kmnrKey,
  client: kaminari,
  ledger: memoryLedger(),
  onPingBack: ({ kmnrId }) => held.settle(kmnrId),
});

const app = express();
app.all('/kiip/callback', callbackHandler(callbacks));
// Ping-backs are not signed, so use a path that nobody guesses, such as one with a random part from the environment.
app.all(`/kaminari/${process.env['PING_BACK_PATH'] ?? createImpressionId()}`, callbackHandler(pingBacks));

const findPlayer = (request: express.Request): string => String(request.query['player']);
const findConversionId = (request: express.Request): string =>
  `cnv-${findPlayer(request)}-${request.query['visit'] ?? 1}`;
const watched = kaminari.middleware({
  subs: (request: express.Request) => ({ sub1: request.query['campaign'] }),
  cnvId: findConversionId,
  onResponse: 'showVerdict',
  criticalHints: process.env['CRITICAL_HINTS'] === '1',
});

app.get('/', watched, (request, response) => {
  const { kmnrId, scriptTag } = response.locals['kaminari'] as PageLocals;
  views.set(findPlayer(request), { kmnrId, cnvId: findConversionId(request) });
  response.set('Cache-Control', 'private, no-store');
  response.send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Game</title>${scriptTag}</head>
<body><h1>Game</h1><p>View <code id="view">${kmnrId}</code>, verdict <output id="verdict">none yet</output></p>
<button id="play">Finish the level</button>
<script>
function showVerdict({ fraud, block }) {
  document.getElementById('verdict').textContent = fraud || block ? 'suspicious' : 'clean';
}
document.getElementById('play').addEventListener('click', async () => {
  const answer = await fetch('/level-up' + location.search, { method: 'POST' });
  const { bodyUrl } = await answer.json();
  if (bodyUrl) location.href = bodyUrl;
});
</script></body></html>`);
});

app.post('/level-up', async (request, response) => {
  const outcome = await client.moment('level_up', {
    device: { id: '45e3-1d799e20', os: 'Android 15', lang: 'en', locale: 'en_US' },
    connection: { ip: '54.174.101.1' },
    user: { userId: findPlayer(request) },
  });
  response.json({ bodyUrl: outcome.rewarded ? outcome.reward.bodyUrl.href : null });
});

app.get('/coins', (request, response) => {
  const player = findPlayer(request);
  response.json({ coins: coins.get(player) ?? 0, held: held.count(player) });
});

const server = app.listen(Number(process.env['PORT'] ?? 8080), () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void Promise.all([callbacks.close(), pingBacks.close(), kaminari.close(), client.close()]).then(() =>
    process.exit(0),
  );
});
