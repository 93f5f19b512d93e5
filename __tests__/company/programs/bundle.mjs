// Bundles a program with the bundler that is named: node bundle.mjs <bundler> <esm | cjs> <entry> <folder> [minify] [external]
import { build } from 'esbuild';
import { rollup } from 'rollup';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import webpack from 'webpack';

const [, , bundler, format, entry, folder, ...flags] = process.argv;
const outputName = format === 'esm' ? 'out.mjs' : 'out.cjs';
const minify = flags.includes('minify');
const external = flags.includes('external') ? ['axios'] : [];

const BUNDLERS = {
  async esbuild() {
    await build({
      entryPoints: [entry],
      outfile: `${folder}/${outputName}`,
      bundle: true,
      platform: 'node',
      format,
      minify,
      external,
      logLevel: 'error',
    });
  },
  async rollup() {
    const bundle = await rollup({
      input: entry,
      external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
      plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()],
      onwarn: () => undefined,
    });
    await bundle.write({
      dir: folder,
      format,
      entryFileNames: outputName,
      chunkFileNames: `[name]-[hash].${outputName}`,
    });
    await bundle.close();
  },
  async webpack() {
    const module = format === 'esm';
    const stats = await new Promise((resolve, reject) => {
      webpack(
        {
          mode: minify ? 'production' : 'development',
          devtool: false,
          target: 'node20',
          entry,
          externals: external.map((name) => new RegExp(`^${name}(?:/|$)`)),
          externalsType: module ? 'module' : 'commonjs',
          experiments: { outputModule: module },
          output: { path: folder, filename: outputName, module, chunkFormat: module ? 'module' : 'commonjs' },
        },
        (error, result) => (error === null ? resolve(result) : reject(error)),
      );
    });
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
  },
};

await BUNDLERS[bundler]();
console.log(JSON.stringify({ bundled: outputName }));
