/** @jest-config-loader esbuild-register */
import { readFileSync } from 'node:fs';
import type { Config } from 'jest';
import { bundleBrowserScripts } from './scripts/browser-scripts.cjs';

// The subpaths as a user writes them (`kiip-s2s/redis`) resolve to the sources, from the one list in tsconfig.json.
const { paths } = (
  JSON.parse(readFileSync('tsconfig.json', 'utf8')) as { compilerOptions: { paths: Record<string, [string]> } }
).compilerOptions;
const subpaths = Object.fromEntries(
  Object.entries(paths).map(([name, [file]]) => [`^${name}$`, file.replace('./', '<rootDir>/')]),
);

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  transform: { '^.+\\.tsx?$': ['ts-jest', { tsconfig: 'tsconfig.jest.json' }] },
  moduleNameMapper: { ...subpaths, '^(\\.{1,2}/.*)\\.js$': '$1' },
  globals: bundleBrowserScripts(),
  globalSetup: '<rootDir>/__tests__/support/services.ts',
  testTimeout: 30_000,
  coverageProvider: 'v8',
  // The command line runs in child processes, browser code in Chromium: coverage sees neither.
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/cli/**',
    '!src/dom/**',
    '!src/web/**',
    '!src/sandbox/pages/browser/**',
    '!src/**/index.ts',
  ],
  coverageThreshold: { global: { lines: 95, branches: 95 } },
};

export default config;
