// Creates the ledger's table. Part of the deployment; safe to run again and from several places at once.
import { ledger, pool } from './ledger.js';

await ledger.migrate();
await pool.end();
