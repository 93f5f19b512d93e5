// Virtual-currency callbacks with Hono; any server that speaks Request and Response works the same way.
//
//   npm install kiip-s2s hono @hono/node-server pg
//   psql "$DATABASE_URL" -f ../express-postgres/schema.sql
//   DATABASE_URL=postgres://localhost/game KIIP_APP_SECRET=... PORT=8080 npx tsx hono.ts
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { callbackFetch } from 'kiip-s2s/fetch';
import { close, ledger, receiver } from './receiver.js';

await ledger.migrate();

const handle = callbackFetch(receiver);
const app = new Hono();
app.all('/kiip/callback', (c) => handle(c.req.raw));

const server = serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 8080) }, ({ port }) =>
  console.log(`listening on port ${port}`),
);

process.once('SIGTERM', () => {
  server.close();
  void close();
});
