// Measures the time to load the main entry, in fresh processes that take turns.
import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { median, shuffled, spread, table } from './support/stats.mjs';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

const imports = {
  "require('kiip-s2s')": "require('./dist/cjs/index.js')",
  "import 'kiip-s2s'": "await import('./dist/esm/index.js')",
  "require('axios')": "require('axios')",
  "import 'axios'": "await import('axios')",
};
const [, , BASE] = Object.keys(imports);

async function millisecondsOf(statement) {
  const code = `(async () => { const start = performance.now(); ${statement}; console.log(performance.now() - start); })()`;
  const { stdout } = await execute(process.execPath, ['-e', code], { cwd: root });
  return Number(stdout);
}

export async function run({ quick = false } = {}) {
  const names = Object.keys(imports);
  const times = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < (quick ? 7 : 25); round += 1) {
    for (const name of shuffled(names)) times.get(name).push(await millisecondsOf(imports[name]));
  }
  const base = times.get(BASE);
  return table(
    ['', 'ms', `× of ${BASE}`],
    names.map((name) => {
      const own = times.get(name);
      return [name, spread(own, (ms) => ms.toFixed(1)), median(own.map((ms, round) => ms / base[round])).toFixed(2)];
    }),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(await run());
