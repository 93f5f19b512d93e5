// Virtual-currency callbacks with Express and PostgreSQL, the recommended set-up: the credit and the row that remembers it commit together.
//
//   npm install kiip-s2s express pg
//   psql "$DATABASE_URL" -f schema.sql
//   DATABASE_URL=postgres://localhost/game KIIP_APP_SECRET=... PORT=8080 npx tsx server.ts
//
// Set the callback URL of the app to https://<your host>/kiip/callback.
import express from 'express';
import { Pool } from 'pg';
import { createCallbackReceiver, type CallbackContext, type CallbackEvent } from 'kiip-s2s/callbacks';
import { callbackHandler } from 'kiip-s2s/express';
import { postgresLedger, type PgClientLike } from 'kiip-s2s/postgres';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
const ledger = postgresLedger(pool);
await ledger.migrate();

// `tx` is the ledger's transaction. Write everything that belongs to the credit with it. If you throw, all of it is
// rolled back.
async function credit({ userId, quantity }: CallbackEvent, { tx }: CallbackContext<PgClientLike>): Promise<void> {
  const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
  if (rowCount !== 1) throw new Error('no such player');
}

const receiver = createCallbackReceiver({
  secret: () => process.env['KIIP_APP_SECRET'] ?? '',
  ledger,
  onRedemption: credit,
  onIssuance: credit,
  onError: (error) => console.error('callback not processed:', error),
  onRefused: ({ status, code, advice }) => console.warn(`callback refused: ${status} ${code}. ${advice}`),
});

const app = express();
// Mount it above any body parser, because the signature covers the body as it was sent.
app.all('/kiip/callback', callbackHandler(receiver));
app.use(express.json());

const server = app.listen(Number(process.env['PORT'] ?? 8080), () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', () => {
  server.close();
  void receiver.close().then(() => pool.end());
});
