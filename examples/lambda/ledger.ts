import { Pool } from 'pg';
import { postgresLedger } from 'kiip-s2s/postgres';

// One connection: an instance serves one request at a time. Its connection may have died while it was frozen; the callback that finds out is
// answered with 500 and credited when it is delivered again.
export const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 1 });
export const ledger = postgresLedger(pool);
