// Replaces the compiled `zod.js` of a build (re-exports from 'zod') with one file that holds only the parts of zod that
// it names. `import 'zod'` evaluates about 50 locales and the JSON-schema generator, which this package never uses and
// which take most of its start-up time (docs/dependencies.md has the figures). The declarations still point at zod's
// own.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const zodFolder = dirname(createRequire(import.meta.url).resolve('zod/package.json'));

export async function vendorZod(format) {
  const { version } = JSON.parse(await readFile(join(zodFolder, 'package.json'), 'utf8'));
  const license = await readFile(join(zodFolder, 'LICENSE'), 'utf8');
  await build({
    entryPoints: ['src/zod.ts'],
    outfile: `dist/${format}/zod.js`,
    bundle: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format,
    target: 'es2022',
    treeShaking: true,
    allowOverwrite: true,
    logLevel: 'warning',
    banner: { js: `/*! zod ${version}\n${license.trim()}\n*/` },
  });
}
