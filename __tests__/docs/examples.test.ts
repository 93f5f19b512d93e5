import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { findProblems, type Snippet } from './compile.js';

/** Every doc comment of a file, wherever it stands: declarations, members of interfaces, options. */
function findDocComments(source: ts.SourceFile): Set<ts.JSDoc> {
  const found = new Set<ts.JSDoc>();
  const visit = (node: ts.Node): void => {
    for (const comment of ts.getJSDocCommentsAndTags(node)) if (ts.isJSDoc(comment)) found.add(comment);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The examples of a file, with or without a fence. */
function findExamples(file: string, text: string): Snippet[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return [...findDocComments(source)]
    .flatMap((comment) => comment.tags ?? [])
    .filter((tag) => tag.tagName.text === 'example')
    .flatMap((tag) => {
      const place = `${file}:${source.getLineAndCharacterOfPosition(tag.pos).line + 1}`;
      const example = ts.getTextOfJSDocComment(tag.comment) ?? '';
      const fenced = [...example.matchAll(/^\s*```(\w*)\n([\s\S]*?)^\s*```/gm)];
      if (fenced.length === 0) return [{ place, extension: 'ts', code: example }];
      return fenced
        .filter(([, language = '']) => /^(?:tsx?)?$/.test(language))
        .map(([, language = '', code = '']) => ({ place, extension: language === 'tsx' ? 'tsx' : 'ts', code }));
    });
}

test('examples are found with a fence, without one, and in comments of members', () => {
  const text = [
    '/**',
    ' * A sentence.',
    ' * @example',
    ' * ```ts',
    " * import { a } from 'kiip-s2s';",
    ' * ```',
    ' */',
    'export interface Options {',
    '  /**',
    '   * @example',
    '   * const plain = 1;',
    '   */',
    '  plain: number;',
    '}',
  ].join('\n');
  expect(findExamples('a.ts', text).map(({ place, code }) => `${place} ${code.trim()}`)).toEqual([
    "a.ts:3 import { a } from 'kiip-s2s';",
    'a.ts:10 const plain = 1;',
  ]);
});

test('every example of the doc comments compiles as a user would paste it', () => {
  const examples = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join('src', file))
    .flatMap((file) => findExamples(file, readFileSync(file, 'utf8')));
  expect(examples.length).toBeGreaterThan(30);
  expect(findProblems(examples)).toEqual([]);
}, 120_000);
