import { join } from 'node:path';
import { build } from 'esbuild';

test('importing the entry loads neither axios nor the HTTP modules of Node', async () => {
  const { metafile } = await build({
    entryPoints: [join(__dirname, '../../src/transport/index.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    metafile: true,
    outdir: 'out',
  });
  const { outputs } = metafile;
  const loaded = new Set<string>();
  const visit = (path: string): void => {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external === true) loaded.add(next);
      else visit(next);
    }
  };
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint?.endsWith('transport/index.ts') === true);
  expect(entry).toBeDefined();
  visit(entry ?? '');
  // What checks the options.
  expect([...loaded]).toEqual(['zod']);
});
