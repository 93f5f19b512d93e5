import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { readCompilerOptions } from './compile.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { import: string }>;
};
const entries = Object.values(manifest.exports)
  .filter((target) => typeof target === 'object')
  .map((target) => target.import.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts'));

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
  const program = ts.createProgram(entries, { ...readCompilerOptions(), noEmit: true });
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    const symbols = symbol === undefined ? [] : checker.getExportsOfModule(symbol);
    return symbols.map((name) => {
      const original = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
      const comment = ts.displayPartsToString(original.getDocumentationComment(checker));
      return { entry, place: `${entry}: ${name.name}`, comment };
    });
  });
  expect(entries.filter((entry) => !exported.some((name) => name.entry === entry))).toEqual([]);
  expect(exported.filter(({ comment }) => !beginsWithSentence(comment)).map(({ place }) => place)).toEqual([]);
}, 60_000);
