import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import ts from 'typescript';

export interface Expression {
  /** File and line, for the test's name. */
  readonly place: string;
  /** `null` for a `RegExp` whose parts are not constants of its file: it needs a case of its own. */
  readonly pattern: RegExp | null;
}

/** The constants of a file that an expression is put together from, in the order of the file. */
function collectConstants(file: ts.SourceFile, used: ts.Node): string[] {
  const names = new Set<string>();
  const declarations = new Map<string, ts.VariableDeclaration>();
  for (const statement of file.statements)
    if (ts.isVariableStatement(statement))
      for (const declaration of statement.declarationList.declarations)
        declarations.set(declaration.name.getText(file), declaration);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !names.has(node.text)) {
      const declaration = declarations.get(node.text);
      if (declaration?.initializer !== undefined) {
        names.add(node.text);
        visit(declaration.initializer);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(used);
  return [...declarations]
    .filter(([name]) => names.has(name))
    .map(([name, { initializer }]) => `const ${name} = ${initializer?.getText(file) ?? ''};`);
}

function evaluate(file: ts.SourceFile, node: ts.Node): RegExp | null {
  const code = [...collectConstants(file, node), node.getText(file)].join('\n');
  try {
    const { source, flags } = vm.runInNewContext(ts.transpile(code, { target: ts.ScriptTarget.ES2022 })) as RegExp;
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}

const isRegExpCall = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === 'RegExp';

/** Every regular expression of a folder, read from the syntax trees of its files. */
export function listExpressions(folder: string): Expression[] {
  const expressions: Expression[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.ts')) continue;
    const path = join(folder, name);
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node) || isRegExpCall(node)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        expressions.push({ place: `${path}:${line + 1}`, pattern: evaluate(file, node) });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return expressions;
}
