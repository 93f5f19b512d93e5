// A Next.js route handler: app/kiip/callback/route.ts of your project. Create the ledger's table once when you deploy: await ledger.migrate().
//
//   npm install kiip-s2s pg
//   npx next build                                                                  needs neither the secret nor the database
//   DATABASE_URL=postgres://localhost/game KIIP_APP_SECRET=... npx next start
import { Pool } from 'pg';
import { createCallbackReceiver, type CallbackContext, type CallbackEvent } from 'kiip-s2s/callbacks';
import { callbackFetch } from 'kiip-s2s/fetch';
import { postgresLedger, type PgClientLike } from 'kiip-s2s/postgres';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

// `tx` is the ledger's transaction. Write everything that belongs to the credit with it. If you throw, all of it is
// rolled back.
async function credit({ userId, quantity }: CallbackEvent, { tx }: CallbackContext<PgClientLike>): Promise<void> {
  const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
  if (rowCount !== 1) throw new Error('no such player');
}

const receiver = createCallbackReceiver({
  secret: () => process.env['KIIP_APP_SECRET'] ?? '',
  ledger: postgresLedger(new Pool({ connectionString: process.env['DATABASE_URL'] })),
  onRedemption: credit,
  onIssuance: credit,
  onError: (error) => console.error('callback not processed:', error),
  onRefused: ({ status, code, advice }) => console.warn(`callback refused: ${status} ${code}. ${advice}`),
});

export const POST = callbackFetch(receiver);
