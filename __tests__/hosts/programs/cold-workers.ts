// Workers in workerd that have had no request yet. Each has a secret store that never answers the first who asks. argv: the bundled worker,
// and how many.
import { readFileSync } from 'node:fs';
import { Miniflare, Response } from 'miniflare';
import { readVersion } from './listen.js';
import { say, type Line } from './receiver.js';

const script = readFileSync(process.argv[2] ?? '', 'utf8');
for (let serial = 1; serial <= Number(process.argv[3]); serial += 1) {
  const host = `cold worker ${serial}`;
  let asked = 0;
  const miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: script }],
    compatibilityDate: '2026-03-01',
    compatibilityFlags: serial % 2 === 0 ? ['nodejs_compat'] : [],
    bindings: { HOST: host },
    cf: false,
    // Straight to the worker: miniflare's own proxy would finish a request whose sender has gone.
    unsafeDirectSockets: [{}],
    serviceBindings: {
      REPORT: async (request: { json(): Promise<unknown> }) => {
        const line = (await request.json()) as Line;
        say(line);
        if (line.kind !== 'asked') return new Response('');
        asked += 1;
        return asked === 1
          ? new Promise<Response>(() => undefined)
          : new Response(process.env['KIIP_APP_SECRET'] ?? '');
      },
    },
  });
  await miniflare.ready;
  const url = new URL('/callback', await miniflare.unsafeGetDirectURL());
  say({ kind: 'listening', host, version: readVersion('workerd'), url: url.href });
}
