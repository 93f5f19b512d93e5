import { join } from 'node:path';
import { listPublicValues, listSubpaths, type PublicValue } from './public-values.js';
import { folder, tsc, versionOf, write } from './support.js';

/** They say nothing without the browser's types, or without a peer that it imports. */
const NEEDS_DOM = ['kiip-s2s/web'];
const NEEDS_PEERS = ['kiip-s2s/bullmq', 'kiip-s2s/opentelemetry'];

interface Setting {
  readonly name: string;
  readonly nodeTypes: boolean;
  readonly dom: boolean;
  readonly type: 'module' | 'commonjs';
  readonly options: Readonly<Record<string, unknown>>;
  /** The compilers that it is built with: all of them for the first two, then what adds something. */
  readonly compilers: readonly Compiler[];
}

const COMPILERS = ['typescript54', 'typescript59', 'typescript', 'typescript7'] as const;
type Compiler = (typeof COMPILERS)[number];

// TypeScript 7 no longer knows `node10`, and zod's own declarations need `esModuleInterop` there.
// prettier-ignore
const SETTINGS: readonly Setting[] = [
  { name: 'nodenext, ES modules, @types/node without DOM', nodeTypes: true, dom: false, type: 'module', options: { module: 'nodenext', moduleResolution: 'nodenext' }, compilers: COMPILERS },
  { name: 'bundler, DOM without @types/node', nodeTypes: false, dom: true, type: 'module', options: { module: 'esnext', moduleResolution: 'bundler' }, compilers: COMPILERS },
  { name: 'node16, CommonJS, DOM without @types/node', nodeTypes: false, dom: true, type: 'commonjs', options: { module: 'node16', moduleResolution: 'node16' }, compilers: ['typescript59', 'typescript7'] },
  { name: 'bundler, DOM and @types/node', nodeTypes: true, dom: true, type: 'module', options: { module: 'esnext', moduleResolution: 'bundler' }, compilers: ['typescript'] },
  { name: 'node10 (typesVersions), @types/node without DOM', nodeTypes: true, dom: false, type: 'commonjs', options: { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true }, compilers: ['typescript54', 'typescript'] },
];

/** A function for each member, with its result inferred: what the compiler writes into the declaration is ours to have exported. */
function writeMembers({ name, members }: PublicValue, self: string): string[] {
  return members.map((member) =>
    member.isMethod
      ? `export const ${name}_${member.name} = (self: ${self}, ...args: Parameters<${self}['${member.name}']>) => self.${member.name}(...args);`
      : `export const ${name}_${member.name} = (self: ${self}) => self.${member.name};`,
  );
}

function writeUses(value: PublicValue): string[] {
  const { name, kind } = value;
  if (kind === 'constant') return [`export const ${name} = () => library.${name};`];
  if (kind === 'function')
    return [
      `export const ${name} = (...args: Parameters<typeof library.${name}>) => library.${name}(...args);`,
      ...writeMembers(value, `Awaited<ReturnType<typeof library.${name}>>`),
    ];
  const construction = `export const new${name} = (...args: ConstructorParameters<typeof library.${name}>) => new library.${name}(...args);`;
  return [...(kind === 'class' ? [construction] : []), ...writeMembers(value, `library.${name}`)];
}

const fileOf = (subpath: string): string => subpath.replace('/', '-');

function writeMonorepo(project: string, setting: Setting, values: readonly PublicValue[], compiler: string): void {
  const subpaths = listSubpaths()
    .map(({ subpath }) => subpath)
    .filter((subpath) => !NEEDS_PEERS.includes(subpath) && (setting.dom || !NEEDS_DOM.includes(subpath)));
  const shared = {
    ...setting.options,
    ...(setting.options['moduleResolution'] === 'node10' && compiler === 'typescript'
      ? { ignoreDeprecations: '6.0' }
      : {}),
    composite: true,
    declaration: true,
    target: 'es2022',
    lib: setting.dom ? ['es2022', 'dom', 'dom.iterable'] : ['es2022'],
    types: setting.nodeTypes ? ['node'] : [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    rootDir: '.',
    outDir: 'dist',
  };
  write(`${project}/package.json`, { private: true, type: setting.type });
  write(`${project}/tsconfig.json`, { files: [], references: [{ path: 'core' }, { path: 'game' }] });
  write(`${project}/core/tsconfig.json`, { compilerOptions: shared });
  for (const subpath of subpaths) {
    const uses = values.filter((value) => value.subpath === subpath).flatMap(writeUses);
    write(`${project}/core/${fileOf(subpath)}.ts`, `import * as library from '${subpath}';\n${uses.join('\n')}\n`);
  }
  write(`${project}/game/tsconfig.json`, { compilerOptions: shared, references: [{ path: '../core' }] });
  const imports = subpaths.map((subpath, index) => `import * as part${index} from '../core/${fileOf(subpath)}.js';`);
  write(
    `${project}/game/index.ts`,
    `${imports.join('\n')}\nexport const parts = [${subpaths.map((_, index) => `part${index}`).join(', ')}];\n${EVERYDAY}`,
  );
}

/** What people write, what once failed, and what must not compile. */
const EVERYDAY = `
import { KiipClient, buildMoment, type DeviceContext, type MomentOutcome, type Reward } from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
declare const environment: Record<string, string | undefined>;
export const titleOf = (reward: Reward) => reward.modal.title;
export const transport = () => createTransport({ proxy: environment['HTTPS_PROXY'] });
const app = { appKey: 'x', appVersion: '1', test: true };
export const payload = (player: DeviceContext) => buildMoment(app, 'm', player);
const client = new KiipClient({ ...app, defaults: { device: { os: 'iOS 18', lang: 'en', locale: 'en_US' } } });
export const makeClient = () => client;
export async function reward(id: string): Promise<string | null> {
  const outcome: MomentOutcome = await client.moment('m', { device: { id }, connection: { ip: '8.8.8.8' } });
  return outcome.rewarded ? outcome.reward.bodyUrl.href : null;
}
// @ts-expect-error test is required
export const incomplete = () => new KiipClient({ appKey: 'x', appVersion: '1' });
// @ts-expect-error ids are strings
export const wrong: DeviceContext['device']['id'] = 5;
export const kiip = () => new KiipClient({ ...app, platform: 'kiip' });
// @ts-expect-error consent is NinthDecimal's
export const refused = () => kiip().moment('m', { device: { id: 'x', os: 'iOS 18', lang: 'en', locale: 'en_US' }, connection: { ip: '8.8.8.8' }, consent: { optedOut: true } });
`;

/** A monorepo with project references: nothing in it is annotated, so every declaration is inferred from ours. */
export function describeInferredTypes(
  installed: () => { readonly withNode: string; readonly withoutNode: string },
): void {
  let values: PublicValue[];
  beforeAll(() => {
    values = listPublicValues();
  }, 60_000);

  describe.each(COMPILERS)('a monorepo of inferred types: %s', (compiler) => {
    const settings = SETTINGS.filter(({ compilers }) => compilers.includes(compiler));
    test.each(settings.map((setting): [string, Setting] => [setting.name, setting]))(
      `%s (TypeScript ${versionOf(compiler)})`,
      (_, setting) => {
        const { withNode, withoutNode } = installed();
        const root = setting.nodeTypes ? withNode : withoutNode;
        const project = join(root, `${compiler}-${setting.name.replace(/\W+/g, '-')}`);
        writeMonorepo(project.slice(folder.length + 1), setting, values, compiler);
        expect(tsc(compiler, project, '--build', '--pretty', 'false')).toBe('');
      },
      120_000,
    );
  });

  test("kiip-s2s/webview needs neither the browser's types nor Node's", () => {
    const project = join(installed().withoutNode, 'bare');
    const options = { module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022', lib: ['es2022'], types: [] };
    write(`${project.slice(folder.length + 1)}/tsconfig.json`, {
      compilerOptions: { ...options, strict: true, skipLibCheck: false, noEmit: true },
    });
    write(
      `${project.slice(folder.length + 1)}/index.ts`,
      `import { isKiipUrl } from 'kiip-s2s/webview';\nexport const is = isKiipUrl('kiip:');\n`,
    );
    for (const compiler of COMPILERS) expect(tsc(compiler, project, '-p', '.')).toBe('');
  }, 120_000);
}
