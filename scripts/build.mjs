// Builds dist/esm and dist/cjs from the one source: tsc twice, side by side, then zod is taken out of the way (see zod.mjs).
import { spawn } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { vendorZod } from './zod.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const compile = (project) =>
  new Promise((resolve, reject) => {
    spawn(process.execPath, [tsc, '-p', project], { stdio: 'inherit' }).on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`tsc -p ${project} exited with ${code}`)),
    );
  });

await Promise.all(
  [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ].map(async ([format, type]) => {
    await compile(`tsconfig.${format}.json`);
    await mkdir(`dist/${format}`, { recursive: true });
    await writeFile(`dist/${format}/package.json`, `${JSON.stringify({ type, sideEffects: false })}\n`);
    await vendorZod(format);
    await rm(`dist/${format}/zod.js.map`, { force: true });
  }),
);
await chmod('dist/esm/cli/main.js', 0o755).catch(() => {});
