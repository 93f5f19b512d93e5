import { readdirSync, readFileSync } from 'node:fs';
import { publicMembers, publicNames, publicOptions } from './public-api.js';

const read = (file: string): string => readFileSync(file, 'utf8');
const guides = readdirSync('docs')
  .filter((file) => file.endsWith('.md'))
  .map((file) => `docs/${file}`);

/** Whether a doc comment begins with a sentence: a capital or a name in backticks, and a full stop (or a colon before a list). */
function beginsWithSentence(comment: string): boolean {
  const [paragraph = ''] = comment.split(/\n\s*\n/);
  return /^(?:[A-Z]|`|['"])/.test(paragraph) && /[.:]['")`]*(?:\s|$)/.test(paragraph);
}

test.each([
  ['Opens a session.', true],
  ['`null` when\nthere is nothing.', true],
  ['', false],
  ['the session', false],
  ['A session', false],
  ['A session\n\nA sentence that comes too late.', false],
])('%j begins with a sentence: %s', (comment, expected) => {
  expect(beginsWithSentence(comment)).toBe(expected);
});

test('the comment of every exported name begins with a sentence', () => {
  expect(publicNames.length).toBeGreaterThan(150);
  expect(publicNames.filter(({ comment }) => !beginsWithSentence(comment)).map(({ place }) => place)).toEqual([]);
});

/** Types whose members others name and explain: parts of another package's objects, and payloads in the documents' names. */
const NAMED_BY_OTHERS =
  /: (?:\w+Like|\w*Payload(?:Fields)?|AxiosCall|FetchInit|FetchBodyReader|PgQueryConfig|PgResult)\./;

test('the comment of every field and method of an exported type begins with a sentence', () => {
  const ours = publicMembers.filter(({ place }) => !NAMED_BY_OTHERS.test(place));
  expect(ours.length).toBeGreaterThan(300);
  expect(ours.filter(({ comment }) => !beginsWithSentence(comment)).map(({ place }) => place)).toEqual([]);
});

const [, whatIsIn = ''] = /\n## What is in the package\n([\s\S]*?)\n## /.exec(read('README.md')) ?? [];

/** The guides that explain a subpath, as README.md lists them. */
function findGuides(subpath: string): string[] {
  const rows = whatIsIn.split('\n').filter((row) => row.includes(`\`${subpath}\``));
  return rows.flatMap((row) => [...row.matchAll(/\]\((docs\/[\w-]+\.md)\)/g)].map(([, file = '']) => file));
}

/** The names that stand in the code of a page: in its code spans and its TypeScript. */
function readCodeNames(page: string): ReadonlySet<string> {
  const text = read(page);
  const spans = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g);
  const snippets = text.matchAll(/^```tsx?\n([\s\S]*?)^```$/gm);
  return new Set([...spans, ...snippets].flatMap(([, code = '']) => code.match(/[\w$]+/g) ?? []));
}

const codeNames = new Map(guides.map((page) => [page, readCodeNames(page)]));

const isNamed = ({ subpath, name }: { readonly subpath: string; readonly name: string }): boolean =>
  findGuides(subpath).some((page) => codeNames.get(page)?.has(name));

test('every function, class and constant is named by a guide of its subpath', () => {
  const values = publicNames.filter(({ isValue }) => isValue);
  expect(values.length).toBeGreaterThan(80);
  expect(values.filter((value) => !isNamed(value)).map(({ place }) => place)).toEqual([]);
});

test('every option is named by a guide of its subpath', () => {
  expect(publicOptions.length).toBeGreaterThan(300);
  expect(publicOptions.filter((option) => !isNamed(option)).map(({ place }) => place)).toEqual([]);
});

test('the comment of every option that may be left out says what happens then', () => {
  const options = publicOptions.filter(({ place }) => /: (?:\w+Options|ClientSettings),/.test(place));
  expect(options.length).toBeGreaterThan(150);
  expect(options.filter(({ lacksDefault }) => lacksDefault).map(({ place }) => place)).toEqual([]);
});

/** The rows of the tables whose first column is headed `option`, with the names in that column. */
function listOptionRows(page: string): { readonly page: string; readonly names: readonly string[] }[] {
  return [...read(page).matchAll(/^\| option .*\n\|[-| ]+\n((?:\|.*\n)+)/gm)]
    .flatMap(([, rows = '']) => rows.trimEnd().split('\n'))
    .map((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    .map((names) => ({ page, names }));
}

const optionRows = guides.flatMap(listOptionRows);

test('every option in a table of the guides exists', () => {
  const known = new Set(publicOptions.map(({ name }) => name));
  const told = optionRows
    .flatMap(({ page, names }) => names.map((name) => ({ page, name })))
    .filter(({ name }) => !name.startsWith('--'));
  expect(told.length).toBeGreaterThan(100);
  // `retry.baseDelayMs` is an option of an option.
  const unknown = told.filter(({ name }) => !name.split('.').every((part) => part === '' || known.has(part)));
  expect(unknown).toEqual([]);
});

test.each(['smoke', 'sandbox', 'replay', 'payload', 'sign', 'verify', 'ledger', 'pingtest'])(
  'the table of kiip-s2s %s has the options that the command has',
  (command) => {
    const [, section = ''] = new RegExp(`\\n## ${command}\\n([\\s\\S]*?)(?=\\n## |$)`).exec(read('docs/cli.md')) ?? [];
    const told = [...section.matchAll(/^\| (`--.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/--[\w-]+/g) ?? []);
    const source = read(`src/cli/commands/${command}.ts`);
    const has = [...source.matchAll(/(?:[oO]ption|Option)\(\s*'(--[\w-]+)/g)].map(([, name = '']) => name);
    expect(has.length).toBeGreaterThan(0);
    expect(told.filter((name) => name !== '--json').sort()).toEqual(has.sort());
  },
);

test('troubleshooting.md explains the code of every process warning', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const codes = files.flatMap((file) =>
    [...read(`src/${file}`).matchAll(/\bwarn(?:Once)?\(\s*'(KIIP_\w+)'/g)].map(([, code = '']) => code),
  );
  expect(codes.length).toBeGreaterThan(6);
  const told = codeNames.get('docs/troubleshooting.md');
  expect(codes.filter((code) => told?.has(code) !== true)).toEqual([]);
});
