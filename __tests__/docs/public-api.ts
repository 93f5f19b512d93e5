import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { readCompilerOptions } from './compile.js';

/** A name that a subpath exports, or a member of one. */
export interface PublicName {
  /** The subpath, as users write it: `kiip-s2s/redis`. */
  readonly subpath: string;
  /** How a failing test names it: `kiip-s2s/redis: RedisLedgerOptions.ttlMs`. */
  readonly place: string;
  /** Its doc comment, without tags. */
  readonly comment: string;
}

/** A name that a subpath exports. */
export interface PublicExport extends PublicName {
  readonly name: string;
  /** Whether it exists at run time: a function, a class or a constant, not a type. */
  readonly isValue: boolean;
}

/** An option of a public function, class or interface. */
export interface PublicOption extends Omit<PublicName, 'comment'> {
  readonly name: string;
  /** Whether it may be left out, though its comment has no `@defaultValue`. */
  readonly lacksDefault: boolean;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { import: string }>;
};
const entries = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string'
    ? []
    : [
        {
          subpath: subpath.replace('.', 'kiip-s2s'),
          file: target.import.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts'),
        },
      ],
);

/** Types whose members a caller fills in. */
const OPTION_TYPE = new RegExp(
  [
    'Options$|Identity$|Hooks$|^ClientSettings$|^IdentityFields$|^PingQueueConnection$',
    '^ContextFields$|^(?:Kiip|NinthDecimal)Context$|^(?:Device|Connection|Location|User|Consent)Info$|^SessionEvent$',
    '^Consent(?:Signals|Report|Update)$|^Impression$|^Visitor$|^Conversion$|^(?:Redemption|Issuance)Fields$',
  ].join('|'),
);
const HAS_MEMBERS = ts.SymbolFlags.Interface | ts.SymbolFlags.Class;
/** Where our own declarations stand: the options of other packages are theirs to document. */
const OURS = resolve('src');

const program = ts.createProgram(
  entries.map(({ file }) => file),
  { ...readCompilerOptions(), noEmit: true },
);
const checker = program.getTypeChecker();

const readComment = (symbol: ts.Symbol): string => ts.displayPartsToString(symbol.getDocumentationComment(checker));
const isOurs = (symbol: ts.Symbol): boolean =>
  (symbol.declarations ?? []).some((declaration) => resolve(declaration.getSourceFile().fileName).startsWith(OURS));
const hasTag = (symbol: ts.Symbol, tag: string): boolean =>
  symbol.getJsDocTags(checker).some(({ name }) => name === tag);
const isInternal = (symbol: ts.Symbol): boolean => hasTag(symbol, 'internal');
const isOptional = ({ flags }: ts.Symbol): boolean => (flags & ts.SymbolFlags.Optional) !== 0;
const isNamed = ({ name }: ts.Symbol): boolean => !name.startsWith('__') && !name.startsWith('#');

interface Exported {
  readonly subpath: string;
  readonly symbol: ts.Symbol;
  readonly name: string;
}

const exported: readonly Exported[] = entries.flatMap(({ subpath, file }) => {
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file}, the entry of ${subpath}, exports nothing.`);
  return checker.getExportsOfModule(module).map((name) => ({
    subpath,
    name: name.name,
    symbol: name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name,
  }));
});

/** Every name that a subpath exports. */
export const publicNames: readonly PublicExport[] = exported.map(({ subpath, name, symbol }) => ({
  subpath,
  name,
  place: `${subpath}: ${name}`,
  comment: readComment(symbol),
  isValue: symbol.valueDeclaration !== undefined,
}));

/** The fields and methods that a type of ours declares itself or inherits from ours; none for functions, unions and types of others. */
function listMembers(type: ts.Type): ts.Symbol[] {
  return type.getProperties().filter((member) => isNamed(member) && isOurs(member) && !isInternal(member));
}

/** The members of every exported interface and class, static ones left out. */
export const publicMembers: readonly PublicName[] = exported.flatMap(({ subpath, name, symbol }) =>
  symbol.flags & HAS_MEMBERS
    ? listMembers(checker.getDeclaredTypeOfSymbol(symbol)).map((member) => ({
        subpath,
        place: `${subpath}: ${name}.${member.name}`,
        comment: readComment(member),
      }))
    : [],
);

/** The options that an object written in place holds (`retry: { baseDelayMs?, … }`), at any depth. */
function listNested(member: ts.Symbol): ts.Symbol[] {
  const declared = checker.getTypeOfSymbol(member);
  const parts = declared.isUnion() ? declared.types : [declared];
  return parts
    .filter(
      (part) =>
        (part.symbol as ts.Symbol | undefined)?.flags === ts.SymbolFlags.TypeLiteral &&
        part.getCallSignatures().length === 0,
    )
    .flatMap((part) => listMembers(part))
    .flatMap((inner) => [inner, ...listNested(inner)]);
}

interface Option {
  readonly symbol: ts.Symbol;
  /** Whether it has a comment of its own: an option in an object written in place is explained where that object is. */
  readonly hasComment: boolean;
}

const listOptions = (type: ts.Type): Option[] =>
  listMembers(type).flatMap((member) => [
    { symbol: member, hasComment: true },
    ...listNested(member).map((symbol) => ({ symbol, hasComment: false })),
  ]);

/** The parameters named `options` of a function, or of the constructor and the methods of a class or an interface. */
function listOptionParameters(symbol: ts.Symbol): ts.Symbol[] {
  const members =
    symbol.flags & HAS_MEMBERS
      ? listMembers(checker.getDeclaredTypeOfSymbol(symbol)).map((member) => checker.getTypeOfSymbol(member))
      : [];
  const own = symbol.valueDeclaration === undefined ? [] : [checker.getTypeOfSymbol(symbol)];
  return [...own, ...members]
    .flatMap((owner) => [...owner.getCallSignatures(), ...owner.getConstructSignatures()])
    .flatMap((signature) => signature.parameters)
    .filter(({ name }) => name === 'options');
}

/**
 * Everything that a caller may fill in: the members of exported types of options and input, and of what public functions take as `options`.
 * An object written in place counts with its own fields.
 */
export const publicOptions: readonly PublicOption[] = exported.flatMap(({ subpath, name, symbol }) => {
  if (name.endsWith('Like')) return []; // a part of another package's object
  const isOptionType =
    OPTION_TYPE.test(name) && (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) !== 0;
  const types = [
    ...(isOptionType ? [checker.getDeclaredTypeOfSymbol(symbol)] : []),
    ...listOptionParameters(symbol).map((parameter) => checker.getNonNullableType(checker.getTypeOfSymbol(parameter))),
  ];
  return types.flatMap(listOptions).map(({ symbol: option, hasComment }) => ({
    subpath,
    name: option.name,
    place: `${subpath}: ${name}, ${option.name}`,
    lacksDefault: hasComment && isOptional(option) && !hasTag(option, 'defaultValue'),
  }));
});
