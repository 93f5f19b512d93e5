import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FOLDER = join(__dirname, '../../api');

/** On the wire an absent key is not sent, so the payloads that the builders return have no `undefined` (PROTOCOL K5). */
const PAYLOADS = /Payload(?:Fields)?$/;
/**
 * A type parameter whose constraint has `undefined`: adding it again would spoil the inference. And what the middleware hands to the caller's
 * functions, where `undefined` would refuse functions that take `locals?: …`.
 */
const EXCEPTIONS = new Set(['ClientSettings.consentStore', 'ReplyLike.locals', 'ResponseLike.locals']);

/** Lists the optional properties of a report's interfaces, classes and types that refuse `undefined`. */
function listStrictProperties(report: string): string[] {
  const code = report.slice(report.indexOf('```ts') + 5, report.lastIndexOf('```'));
  const source = ts.createSourceFile('report.ts', code, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node, owner: string): void => {
    if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node))
      owner = node.name?.text ?? owner;
    if (PAYLOADS.test(owner)) return;
    if ((ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)) && node.questionToken !== undefined) {
      const name = `${owner}.${node.name.getText(source)}`;
      if (node.type !== undefined && !letsUndefinedIn(node.type) && !EXCEPTIONS.has(name)) found.push(name);
    }
    ts.forEachChild(node, (child) => visit(child, owner));
  };
  visit(source, '');
  return found;
}

function letsUndefinedIn(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.some(letsUndefinedIn);
  return type.kind === ts.SyntaxKind.UndefinedKeyword || type.kind === ts.SyntaxKind.UnknownKeyword;
}

test('the check finds a property that refuses undefined, nested ones too, and passes one that takes it', () => {
  const report =
    '```ts\nexport interface A { a?: string; b?: { c?: 1 } | undefined; d?: unknown; e?: 1 | undefined }\n```';
  expect(listStrictProperties(report)).toEqual(['A.a', 'A.c']);
});

// Under a consumer's exactOptionalPropertyTypes, `name?: string` refuses a value that may be undefined.
test.each(readdirSync(FOLDER).filter((name) => name.endsWith('.api.md')))(
  '%s: every optional property lets undefined in',
  (name) => {
    expect(listStrictProperties(readFileSync(join(FOLDER, name), 'utf8'))).toEqual([]);
  },
);
