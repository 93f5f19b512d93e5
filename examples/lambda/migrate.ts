// Creates the ledger's table. Run it when you deploy; it is safe to run again, and from several places at once.
import { ledger, pool } from './ledger.js';

await ledger.migrate();
await pool.end();
