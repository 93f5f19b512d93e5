// workerd, with Node's compatibility and without. argv: the bundled worker.
import { readFileSync } from 'node:fs';
import { Miniflare, Response } from 'miniflare';
import { readVersion } from './listen.js';
import { say, type Line } from './receiver.js';

const script = readFileSync(process.argv[2] ?? '', 'utf8');
for (const compatibilityFlags of [['nodejs_compat'], []]) {
  const host = compatibilityFlags.length > 0 ? 'workerd with nodejs_compat' : 'workerd without nodejs_compat';
  const miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: script }],
    compatibilityDate: '2026-03-01',
    cf: false,
    compatibilityFlags,
    bindings: { HOST: host, KIIP_APP_SECRET: process.env['KIIP_APP_SECRET'] ?? '' },
    serviceBindings: {
      REPORT: async (request: { json(): Promise<unknown> }) => {
        say((await request.json()) as Line);
        return new Response('');
      },
    },
  });
  const url = new URL('/callback', await miniflare.ready);
  say({ kind: 'listening', host, version: readVersion('workerd'), url: url.href });
}
