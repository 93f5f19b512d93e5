// The site of `npm run docs`: the guides of docs/ as pages, and the reference of every subpath that package.json exports.
import { readFileSync } from 'node:fs';
import { OptionDefaults } from 'typedoc';
import { load } from './scripts/docs-site/plugin.mjs';

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const sourceFor = ({ import: file }) => file.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts');

const guides = [
  ...['client', 'callbacks', 'ledgers', 'consent', 'kaminari', 'webviews', 'web', 'errors', 'retries', 'transports'],
  ...['sandbox', 'inspector', 'testing', 'cli', 'deployment', 'telemetry', 'troubleshooting', 'security', 'versioning'],
  ...['protocol', 'runtimes', 'windows', 'company', 'benchmarks', 'architecture', 'dependencies'],
];

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'kiip-s2s',
  tsconfig: 'tsconfig.json',
  out: 'site',
  readme: 'README.md',
  entryPoints: Object.values(exports)
    .filter((target) => typeof target === 'object')
    .map(sourceFor),
  // In the order of the navigation: what a user meets first stands first.
  projectDocuments: [...guides.map((name) => `docs/${name}.md`), 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md'],
  plugin: [load],
  customCss: 'scripts/docs-site/style.css',
  favicon: 'scripts/docs-site/favicon.svg',
  // One flat list: with folders, every subpath would hide among the classes of `kiip-s2s`.
  navigation: { includeFolders: false },
  navigationLinks: { GitHub: 'https://github.com/kiip-s2s/kiip-s2s' },
  highlightLanguages: [...OptionDefaults.highlightLanguages, 'csharp', 'kotlin', 'powershell', 'sql', 'swift'],
  // The links to sources do not depend on where the repository was cloned from.
  disableGit: true,
  basePath: '.',
  gitRevision: 'main',
  sourceLinkTemplate: 'https://github.com/kiip-s2s/kiip-s2s/blob/{gitRevision}/src/{path}#L{line}',
  // Little but errors inherits here.
  includeHierarchySummary: false,
  excludeInternal: true,
  excludePrivate: true,
  githubPages: false,
  // The docs suite checks where links lead, folders too; the consumers suite that every type which a result mentions can be named.
  validation: { invalidPath: false, notExported: false },
  treatWarningsAsErrors: true,
};
