// workerd, with Node's compatibility or without. argv: the bundled worker, then the flags.
import { readFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';

const [, , file = '', ...compatibilityFlags] = process.argv;
const miniflare = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.js', contents: readFileSync(file, 'utf8') }],
  compatibilityDate: '2026-03-01',
  compatibilityFlags,
});
const response = await miniflare.dispatchFetch('http://localhost/');
process.stdout.write(`${await response.text()}\n`);
await miniflare.dispose();
