// What both front ends of this folder share: the receiver over PostgreSQL.
import { Pool } from 'pg';
import { createCallbackReceiver } from 'kiip-s2s/callbacks';
import { postgresLedger } from 'kiip-s2s/postgres';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
export const ledger = postgresLedger(pool);

export const receiver = createCallbackReceiver({
  secret: process.env['KIIP_APP_SECRET'] ?? '',
  ledger,
  async onRedemption({ userId, quantity }, { tx }) {
    if (!Number.isSafeInteger(quantity) || quantity <= 0) throw new Error('the quantity is not a number of coins');
    const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
    if (rowCount !== 1) throw new Error('no such player');
  },
  onError: (error) => console.error('callback not processed:', error),
});

export async function close(): Promise<void> {
  await receiver.close();
  await pool.end();
}
