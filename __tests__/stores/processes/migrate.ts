import { once } from 'node:events';
import { Pool } from 'pg';
import { postgresLedger } from '../../../src/stores/postgres/index.js';

// One of several processes that start at once: connects, waits for the word, migrates, ends by itself.
async function main(): Promise<void> {
  const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
  await pool.query('SELECT 1');
  process.send?.('ready');
  await once(process, 'message');
  await postgresLedger(pool, { schema: 'game', table: 'callbacks' }).migrate();
  await pool.end();
  process.disconnect();
}

void main();
