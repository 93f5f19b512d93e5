import { Pool } from 'pg';
import { postgresLedger } from 'kiip-s2s/postgres';

// One connection, because an instance serves one request at a time. The connection may have died while the instance was
// frozen; the callback that finds out gets a 500 and is credited when it is delivered again.
export const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 1 });
export const ledger = postgresLedger(pool);
