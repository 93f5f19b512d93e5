// The site of `npm run docs`: the guides of docs/ as pages, and the reference of every subpath that package.json exports.
import { readFileSync } from 'node:fs';
import { OptionDefaults } from 'typedoc';

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const sourceFor = ({ import: file }) => file.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts');

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'kiip-s2s',
  tsconfig: 'tsconfig.json',
  out: 'site',
  readme: 'README.md',
  entryPoints: Object.values(exports)
    .filter((target) => typeof target === 'object')
    .map(sourceFor),
  projectDocuments: ['docs/*.md', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md'],
  navigationLinks: { GitHub: 'https://github.com/kiip-s2s/kiip-s2s' },
  highlightLanguages: [...OptionDefaults.highlightLanguages, 'csharp', 'kotlin', 'powershell', 'sql', 'swift'],
  excludeInternal: true,
  excludePrivate: true,
  githubPages: false,
  // The docs suite checks where links lead, folders too; the consumers suite that every type which a result mentions can be named.
  validation: { invalidPath: false, notExported: false },
  treatWarningsAsErrors: true,
};
