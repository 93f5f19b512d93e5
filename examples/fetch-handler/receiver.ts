// The receiver on PostgreSQL, for hono.ts, azure.ts and any other host that speaks Request and Response.
import { Pool } from 'pg';
import { createCallbackReceiver, type CallbackContext, type CallbackEvent } from 'kiip-s2s/callbacks';
import { postgresLedger, type PgClientLike } from 'kiip-s2s/postgres';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
export const ledger = postgresLedger(pool);

// `tx` is the ledger's transaction. Write everything that belongs to the credit with it. If you throw, all of it is
// rolled back.
async function credit({ userId, quantity }: CallbackEvent, { tx }: CallbackContext<PgClientLike>): Promise<void> {
  const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
  if (rowCount !== 1) throw new Error('no such player');
}

export const receiver = createCallbackReceiver({
  secret: () => process.env['KIIP_APP_SECRET'] ?? '',
  ledger,
  onRedemption: credit,
  onIssuance: credit,
  onError: (error) => console.error('callback not processed:', error),
  onRefused: ({ status, code, advice }) => console.warn(`callback refused: ${status} ${code}. ${advice}`),
});

export async function close(): Promise<void> {
  await receiver.close();
  await pool.end();
}
