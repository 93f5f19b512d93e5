import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';

interface Link {
  readonly from: string;
  readonly file: string;
  readonly anchor: string | undefined;
}

const guides = [...readdirSync('docs').map((name) => `docs/${name}`), 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md'];
const headings = guides
  .filter((file) => file.endsWith('.md'))
  .map((file) => /^# (.+)/.exec(readFileSync(file, 'utf8'))?.[1]);
let folder: string;
let pages: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kiip-s2s-site-'));
  // typedoc.config.mjs makes warnings errors: the promise rejects with what typedoc printed.
  await promisify(execFile)(process.execPath, ['node_modules/typedoc/bin/typedoc', '--out', folder]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  pages = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}, 480_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function findLinks(page: string): Link[] {
  return [...(pages.get(page) ?? '').matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)]
    .map(([, target = '']) => decodeURIComponent(target.replaceAll('&amp;', '&')))
    .filter((target) => !/^(?:https?|mailto):/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { from: page, file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

const readTitle = (page: string): string =>
  (/<title>(.*?)<\/title>/.exec(pages.get(page) ?? '')?.[1] ?? '').replaceAll('&#39;', "'");

test('no link of the site is dead, and no anchor', () => {
  const links = [...pages.keys()].flatMap(findLinks);
  expect(links.length).toBeGreaterThan(1000);
  const dead = links.filter(({ file, anchor = '' }) => {
    if (!existsSync(join(folder, file))) return true;
    return anchor !== '' && pages.get(file)?.includes(`id="${anchor}"`) !== true;
  });
  expect(dead).toEqual([]);
});

test('every page is two clicks from the first at most', () => {
  const first = new Set(findLinks('index.html').map(({ file }) => file));
  const reached = new Set([...first, ...[...first].flatMap(findLinks).map(({ file }) => file)]);
  expect(pages.size).toBeGreaterThan(300);
  expect([...pages.keys()].filter((page) => !reached.has(page))).toEqual([]);
});

test('every guide is a page that has its heading for a title', () => {
  const titles = [...pages.keys()].filter((page) => page.startsWith('documents/')).map(readTitle);
  expect(titles.sort()).toEqual(headings.map((heading) => `${heading} | kiip-s2s`).sort());
});

test('links to code lead to the repository: the site serves no sources', () => {
  const served = readdirSync(join(folder, 'media'));
  expect(served.filter((file) => !file.endsWith('.png'))).toEqual([]);
  expect(pages.get('documents/callbacks.html')).toContain('/blob/main/examples/nestjs"');
});

test('the first page names the project once', () => {
  expect(pages.get('index.html')?.match(/<h1[ >]/g)).toHaveLength(1);
});
