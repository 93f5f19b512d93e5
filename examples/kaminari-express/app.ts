import express, { type Express } from 'express';
import type { KaminariClient, PageLocals } from 'kiip-s2s/kaminari';
import type { KaminariRecord } from 'kiip-s2s/sandbox';

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const row = ({ kmnrId, status, ping, browser }: KaminariRecord): string =>
  `<tr><td>${escape(kmnrId)}</td><td>${status}</td><td>${ping === null ? 'no' : 'yes'}</td><td>${browser === null ? 'no' : 'yes'}</td></tr>`;

/** Creates a shop with one page that Kaminari watches, and one that shows the sandbox's statistics. */
export function createApp(kaminari: KaminariClient, statistics: () => readonly KaminariRecord[]): Express {
  const app = express();

  // Mount it on the route that shows the page, so that assets and API calls do not count as impressions. Behind a
  // proxy, set trustProxy.
  const watched = kaminari.middleware({ subs: (req: express.Request) => ({ sub1: req.query['campaign'] }) });
  app.get('/', watched, (_req, res) => {
    const { kmnrId, scriptTag } = res.locals['kaminari'] as PageLocals;
    // Each view has an id of its own, so a cache must not serve the page to someone else.
    res.set('Cache-Control', 'private, no-store');
    res.send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>${scriptTag}</head>
<body><h1>Shop</h1><p>This view is <code id="kmnrId">${kmnrId}</code>.</p><p><a href="/pairings">What Kaminari knows</a></p></body></html>`);
  });

  app.get('/pairings', (_req, res) => {
    res.send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pairings</title></head><body><h1>Pairings</h1>
<table><thead><tr><th>kmnrId</th><th>status</th><th>ping</th><th>script</th></tr></thead><tbody>${statistics().map(row).join('')}</tbody></table></body></html>`);
  });

  return app;
}
