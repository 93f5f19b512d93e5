// Compares the public declarations of every subpath with the reports in api/, so that a change to the surface shows up
// in review. `node scripts/api-report.mjs --write` accepts the change.
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const accept = process.argv.includes('--write');
const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
mkdirSync('temp/api', { recursive: true });
mkdirSync('api', { recursive: true });

let failed = false;
for (const [subpath, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue;
  const reportName = subpath === '.' ? 'index' : subpath.slice(2);
  const config = ExtractorConfig.prepare({
    configObjectFullPath: resolve('api-extractor.json'),
    packageJsonFullPath: resolve('package.json'),
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(target.import.replace(/\.js$/, '.d.ts')),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
            module: 'NodeNext',
            target: 'ES2022',
            skipLibCheck: true,
            types: ['node'],
          },
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${reportName}.api.md`,
        reportFolder: resolve('api'),
        reportTempFolder: resolve('temp/api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
  const result = Extractor.invoke(config, {
    localBuild: accept,
    showVerboseMessages: false,
    messageCallback: (message) => {
      if (message.logLevel !== 'error') message.handled = true;
    },
  });
  const entry = subpath === '.' ? name : `${name}${subpath.slice(1)}`;
  if (result.apiReportChanged && !accept)
    process.stdout.write(`${entry}: the public declarations changed, see api/${reportName}.api.md\n`);
  failed ||= (result.apiReportChanged && !accept) || result.errorCount > 0;
}
process.stdout.write(
  failed
    ? 'If you meant to change them, run node scripts/api-report.mjs --write and add an entry to CHANGELOG.md.\n'
    : 'The public declarations match the reports in api/.\n',
);
process.exitCode = failed ? 1 : 0;
