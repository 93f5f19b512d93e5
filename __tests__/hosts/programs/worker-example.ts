// The example's worker in workerd, with a game beside it that credits. argv: the bundled worker.
import { readFileSync } from 'node:fs';
import { Miniflare, Response } from 'miniflare';
import { readVersion } from './listen.js';
import { say } from './receiver.js';

const read = (name: string): string => process.env[name] ?? '';
const host = read('HOST');
const miniflare = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.js', contents: readFileSync(process.argv[2] ?? '', 'utf8') }],
  compatibilityDate: '2026-03-01',
  cf: false,
  compatibilityFlags: ['nodejs_compat'],
  bindings: {
    KIIP_APP_SECRET: read('KIIP_APP_SECRET'),
    UPSTASH_URL: read('UPSTASH_URL'),
    UPSTASH_TOKEN: read('UPSTASH_TOKEN'),
  },
  serviceBindings: {
    GAME: async (request: { json(): Promise<unknown> }) => {
      const { userId, quantity } = (await request.json()) as { userId: string; quantity: number };
      say({ kind: 'credited', host, userId, quantity });
      return new Response('');
    },
  },
});
const url = new URL('/kiip/callback', await miniflare.ready);
say({ kind: 'listening', host, version: readVersion('workerd'), url: url.href });
