import { build } from 'esbuild';

// What a bundler for workers takes from the built package, followed to the last module. Nothing on the way may be Node's.

const SUBPATHS = ['', '/callbacks', '/consent', '/fetch', '/kaminari', '/schemas', '/webview'].map(
  (path) => `kiip-s2s${path}`,
);
const CONDITIONS = [['workerd', 'worker', 'browser'], ['worker'], ['edge-light']];
const NODE_GLOBALS = ['Buffer', 'process', 'global', '__dirname', '__filename'];
const MARK = 'free_in_node_';

/** Lists what the bundle of a program needs of Node, with the file that needs it. */
async function listNeeds(contents: string, conditions: string[]): Promise<readonly string[]> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions,
    external: ['node:*'],
    // Only references to globals are replaced: neither properties nor variables of the same name.
    define: Object.fromEntries(NODE_GLOBALS.map((name) => [name, `${MARK}${name}`])),
    // Without the paths of tsconfig.json, so that `kiip-s2s/…` is the package as built.
    tsconfigRaw: {},
    logLevel: 'silent',
  });
  const inputs = Object.entries(metafile.inputs);
  if (!inputs.some(([file]) => file.startsWith('dist/'))) throw new Error('the sources were bundled');
  const needs = inputs.flatMap(([file, { imports }]) =>
    imports.filter(({ external, path }) => external && path !== '<runtime>').map(({ path }) => `${file}: ${path}`),
  );
  let module = '';
  for (const line of outputFiles[0]?.text.split('\n') ?? []) {
    module = /^ *\/\/ ((?:dist|node_modules)\/.*)$/.exec(line)?.[1] ?? module;
    for (const [, name] of line.matchAll(/free_in_node_(\w+)|(?<!function )\b__require\(/g))
      needs.push(`${module}: ${name ?? 'require'}`);
  }
  return needs;
}

describe.each(SUBPATHS)('%s', (subpath) => {
  test.each(CONDITIONS.map((conditions) => [conditions]))('needs nothing of Node under %j', async (conditions) => {
    expect(await listNeeds(`export * from '${subpath}'`, conditions)).toEqual([]);
    expect(await listNeeds(`module.exports = require('${subpath}')`, conditions)).toEqual([]);
  });
});

test('the walk finds what is Node’s', async () => {
  const program = `import 'kiip-s2s/webview'; import 'node:fs'; Buffer.from(''); globalThis.process; require(name)`;
  expect(await listNeeds(program, ['worker'])).toEqual([
    '<stdin>: node:fs',
    expect.stringMatching(/: Buffer$/),
    expect.stringMatching(/: require$/),
  ]);
  expect(await listNeeds(`export * from 'kiip-s2s/node'; export * from 'kiip-s2s/redis'`, ['worker'])).not.toEqual([]);
});
