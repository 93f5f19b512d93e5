import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VERSION } from '../../src/version.js';
import { findProblems } from './compile.js';

const pages = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];
const read = (file: string): string => readFileSync(file, 'utf8');

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

test('every TypeScript snippet of every page compiles', () => {
  const snippets = pages.flatMap((page) =>
    [...read(page).matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)].map(([, extension = 'ts', code = ''], index) => ({
      place: `${page} ${index + 1}`,
      extension,
      code,
    })),
  );
  expect(snippets.length).toBeGreaterThan(5);
  expect(findProblems(snippets)).toEqual([]);
}, 120_000);

test.each(pages)('the links of %s lead somewhere', (page) => {
  const broken = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(?:https?:|mailto:)/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      return (
        !existsSync(file) || (anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).includes(anchor))
      );
    });
  expect(broken).toEqual([]);
});

test('every error code has a section that its help address leads to', () => {
  const source = read('src/errors/kiip-error.ts');
  const codes = [...(/export type KiipErrorCode =([\s\S]*?);/.exec(source)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
    ([, code = '']) => code,
  );
  expect(codes.length).toBeGreaterThan(8);
  expect(anchorsOf(read('docs/errors.md'))).toEqual(expect.arrayContaining(codes));
});

test('the version is one', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(VERSION).toBe(version);
  expect(read('CHANGELOG.md')).toContain(`## [${version}]`);
});

test('every subpath of the package stands in the README', () => {
  const manifest = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
  const subpaths = Object.keys(manifest.exports).filter(
    (subpath) => subpath.startsWith('./') && subpath !== './package.json',
  );
  for (const subpath of subpaths) expect(read('README.md')).toContain(`\`kiip-s2s${subpath.slice(1)}\``);
});

test('every ruling that is cited stands in protocol.md', () => {
  const files = ['src', 'docs'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|md)$/.test(file))
      .map((file) => join(folder, file)),
  );
  const cited = new Set(
    files.flatMap((file) => read(file).match(/(?<=PROTOCOL (?:[KM]\w+(?:,| to| and) )*)[KM]\d+a?\b/g) ?? []),
  );
  const settled = new Set(read('docs/protocol.md').match(/(?<=^\| )[KM]\d+a?(?= )/gm));
  expect(cited.size).toBeGreaterThan(40);
  expect([...cited].filter((ruling) => !settled.has(ruling))).toEqual([]);
});

test('dependencies.md says what every dependency is for', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const [, rows = ''] = /\n\| dependency [\s\S]*?\n((?:\|.*\n)+)/.exec(read('docs/dependencies.md')) ?? [];
  const told = rows.split('\n').flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim()));
  expect(told).toEqual(expect.arrayContaining(Object.keys(dependencies)));
});

test('every page is two clicks from the README at most', () => {
  const findLinks = (page: string): string[] =>
    [...read(page).matchAll(/\]\(([^)\s#]+\.md)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target))
      .map((target) => join(dirname(page), target))
      .filter((file) => existsSync(file));
  const first = findLinks('README.md');
  const reached = new Set(['README.md', ...first, ...first.flatMap(findLinks)]);
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});
