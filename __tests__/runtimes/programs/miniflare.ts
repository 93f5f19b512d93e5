// workerd, with Node's compatibility or without. argv: the bundled worker, the servers as JSON, then the flags.
import { readFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';

const [, , file = '', servers = '', ...compatibilityFlags] = process.argv;
const miniflare = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.js', contents: readFileSync(file, 'utf8') }],
  compatibilityDate: '2026-03-01',
  compatibilityFlags,
});
const response = await miniflare.dispatchFetch('http://localhost/', { method: 'POST', body: servers });
process.stdout.write(`${await response.text()}\n`);
await miniflare.dispose();
