// Builds dist/esm and dist/cjs from the one source: tsc twice, side by side, then zod is taken out of the way (see zod.mjs).
// Always from nothing, so that no file of yesterday is published; `--if-stale` does nothing when no source is newer than the build.
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

if (process.argv.includes('--if-stale') && !(await isStale())) process.exit();
// The sources' `imports` of package.json, as each build has them: `./src/digest/node.ts` is `./digest/node.js` there.
const { imports } = JSON.parse((await readFile('package.json', 'utf8')).replace(/\.\/src\/([^"]+)\.ts"/g, './$1.js"'));
await rm('dist', { recursive: true, force: true });
await Promise.all(
  [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ].map(async ([format, type]) => {
    await compile(`tsconfig.${format}.json`);
    await mkdir(`dist/${format}`, { recursive: true });
    await writeFile(`dist/${format}/package.json`, `${JSON.stringify({ type, sideEffects: false, imports })}\n`);
    await vendorZod(format);
    await rm(`dist/${format}/zod.js.map`, { force: true });
  }),
);
await chmod('dist/esm/cli/main.js', 0o755).catch(() => {});
await writeFile('dist/built', '');
