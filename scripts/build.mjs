// Builds dist/esm and dist/cjs from the sources: runs tsc twice, side by side, then bundles the parts of zod that are
// used (see zod.mjs) and inserts the sandbox's browser code (see browser-scripts.cjs). It always starts from an empty
// dist, so that no old file is published. `--if-stale` does nothing when no source is newer than the build.
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { transform } from 'esbuild';
import { defineBrowserScripts } from './browser-scripts.cjs';
import { vendorZod } from './zod.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const compile = (project) =>
  new Promise((resolve, reject) => {
    spawn(process.execPath, [tsc, '-p', project], { stdio: 'inherit' }).on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`tsc -p ${project} exited with ${code}`)),
    );
  });

const modified = (path) =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

async function isStale() {
  const builtAt = await modified('dist/built');
  const sources = (await readdir('src', { recursive: true })).map((file) => `src/${file}`);
  const times = await Promise.all(
    [...sources, 'package.json', 'tsconfig.json', 'tsconfig.esm.json', 'tsconfig.cjs.json'].map(modified),
  );
  return times.some((time) => time > builtAt);
}

/** Replaces the constants for the browser code with its bundled text. */
async function putBrowserScripts(format, define) {
  const file = `dist/${format}/sandbox/pages/browser-scripts.js`;
  const { code } = await transform(await readFile(file, 'utf8'), { define });
  await writeFile(file, code);
  await rm(`${file}.map`, { force: true });
}

if (process.argv.includes('--if-stale') && !(await isStale())) process.exit();
// The `imports` of package.json, with the paths of a build: `./src/digest/node.ts` becomes `./digest/node.js`.
const { imports } = JSON.parse((await readFile('package.json', 'utf8')).replace(/\.\/src\/([^"]+)\.ts"/g, './$1.js"'));
await rm('dist', { recursive: true, force: true });
const define = defineBrowserScripts();
await Promise.all(
  [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ].map(async ([format, type]) => {
    await compile(`tsconfig.${format}.json`);
    await mkdir(`dist/${format}`, { recursive: true });
    await writeFile(
      `dist/${format}/package.json`,
      `${JSON.stringify({ type, sideEffects: false, imports })}
`,
    );
    await Promise.all([vendorZod(format), putBrowserScripts(format, define)]);
    await rm(`dist/${format}/zod.js.map`, { force: true });
  }),
);
await chmod('dist/esm/cli/main.js', 0o755).catch(() => {});
await writeFile('dist/built', '');
