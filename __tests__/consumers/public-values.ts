import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

/** Something that a subpath exports and that exists at run time, and what hangs on its instances or results. */
export interface PublicValue {
  readonly subpath: string;
  readonly name: string;
  readonly kind: 'function' | 'class' | 'abstract class' | 'constant';
  /** Members of what the function returns (awaited) or of the class's instances. */
  readonly members: readonly { readonly name: string; readonly isMethod: boolean }[];
}

interface Manifest {
  readonly exports: Record<string, { readonly import: string; readonly require: string } | string>;
}

/** Every subpath with its declaration files, from the package's own list. */
export function listSubpaths(): { subpath: string; esm: string; cjs: string }[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === 'string') return [];
    const toDeclarations = (file: string): string => file.replace(/\.js$/, '.d.ts');
    const subpath = `kiip-s2s${key.slice(1)}`;
    return [{ subpath, esm: toDeclarations(target.import), cjs: toDeclarations(target.require) }];
  });
}

/** `export type { PlayerSession }`: a class that users cannot construct. */
const isTypeOnly = ({ declarations }: ts.Symbol): boolean =>
  declarations?.some((node) => ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly)) ===
  true;

const isAbstract = ({ valueDeclaration: node }: ts.Symbol): boolean =>
  node !== undefined &&
  ts.isClassDeclaration(node) &&
  (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Abstract) !== 0;

/** Reads the built declarations: what is exported is what a user can call. */
export function listPublicValues(): PublicValue[] {
  const subpaths = listSubpaths();
  const program = ts.createProgram(
    subpaths.map(({ esm }) => resolve(esm)),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: ['node'], skipLibCheck: true },
  );
  const checker = program.getTypeChecker();

  const listMembers = (type: ts.Type): PublicValue['members'] => {
    const awaited = checker.getAwaitedType(type) ?? type;
    // A union's members differ; a primitive's are the language's own.
    if (awaited.isUnion() || (awaited.flags & ts.TypeFlags.Object) === 0) return [];
    if (checker.isArrayType(awaited) || awaited.getCallSignatures().length > 0) return [];
    return awaited
      .getProperties()
      .filter(({ name }) => /^[A-Za-z]\w*$/.test(name))
      .map((property) => {
        const isMethod = checker.getTypeOfSymbol(property).getCallSignatures().length > 0;
        return { name: property.name, isMethod };
      });
  };

  const values: PublicValue[] = [];
  for (const { subpath, esm } of subpaths) {
    const file = program.getSourceFile(resolve(esm));
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${esm} is not there; build the package first.`);
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if ((symbol.flags & ts.SymbolFlags.Value) === 0 || isTypeOnly(exported)) continue;
      const type = checker.getTypeOfSymbol(symbol);
      const name = exported.name;
      const [call] = type.getCallSignatures();
      const [construct] = type.getConstructSignatures();
      if (symbol.flags & ts.SymbolFlags.Class) {
        const instance = construct?.getReturnType() ?? checker.getDeclaredTypeOfSymbol(symbol);
        values.push({
          subpath,
          name,
          kind: isAbstract(symbol) ? 'abstract class' : 'class',
          members: listMembers(instance),
        });
      } else if (call !== undefined)
        values.push({ subpath, name, kind: 'function', members: listMembers(call.getReturnType()) });
      else values.push({ subpath, name, kind: 'constant', members: [] });
    }
  }
  return values;
}
