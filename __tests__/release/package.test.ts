import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
let files: string[] = [];

beforeAll(() => {
  // `pretest` has built dist; `prepack` would build it again.
  const report = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' });
  files = (JSON.parse(report) as [{ files: { path: string }[] }])[0].files.map(({ path }) => path);
}, 60_000);

test('the tarball holds what users need and nothing else', () => {
  const allowed = [
    /^dist\/(?:esm|cjs)\/[\w/.-]+\.(?:js|d\.ts|js\.map|d\.ts\.map)$/,
    /^dist\/(?:esm|cjs)\/package\.json$/,
    /^src\/[\w/.-]+\.ts$/,
    /^docs\/[\w.-]+\.(?:md|yaml)$/,
    /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|llms\.txt)$/,
  ];
  expect(files.filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'llms.txt'])
    expect(files).toContain(file);
});

test('llms.txt says what every guide of the tarball is about, and leads nowhere else', () => {
  const lines = [...readFileSync('llms.txt', 'utf8').matchAll(/^- \[[^\]]+\]\(([^)]+)\): \S/gm)];
  const listed = lines.map(([, target = '']) => target);
  expect(listed).toEqual(expect.arrayContaining(files.filter((file) => file.endsWith('.md'))));
  expect(listed.filter((file) => !files.includes(file))).toEqual([]);
});

test('every target of `exports` is in the tarball, with its declarations', () => {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  const modules = targets.map((target) => target.replace('./', ''));
  expect(modules.filter((file) => !files.includes(file))).toEqual([]);
  const declarations = modules.filter((file) => file.endsWith('.js')).map((file) => file.replace(/\.js$/, '.d.ts'));
  expect(declarations.filter((file) => !files.includes(file))).toEqual([]);
});

test('the two formats hold the same modules', () => {
  const list = (format: string): string[] =>
    files.filter((file) => file.startsWith(`dist/${format}/`)).map((file) => file.replace(`dist/${format}/`, ''));
  expect(list('esm').length).toBeGreaterThan(50);
  expect(list('esm')).toEqual(list('cjs'));
});

test('installing runs no script of ours', () => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
    expect(manifest.scripts).not.toHaveProperty(script);
});

test('every source map points to a source that is there', () => {
  const maps = files.filter((file) => file.endsWith('.js.map'));
  expect(maps.length).toBeGreaterThan(50);
  for (const map of maps) {
    const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
    for (const source of sources) expect(existsSync(new URL(source, `file://${process.cwd()}/${map}`))).toBe(true);
  }
});
