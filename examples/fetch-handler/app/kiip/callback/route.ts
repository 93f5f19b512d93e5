// A Next.js route handler: app/kiip/callback/route.ts of your project. Create the ledger's table once when you deploy: await ledger.migrate().
//
//   npm install kiip-s2s pg
//   DATABASE_URL=postgres://localhost/game KIIP_APP_SECRET=... npx next start
import { callbackFetch } from 'kiip-s2s/fetch';
import { receiver } from '../../../receiver.js';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

export const POST = callbackFetch(receiver);
