import { spawnSync } from 'node:child_process';
import config from '../../jest.config.js';
import { describeWith, locate } from '../support/services.js';

interface Results {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const SUITES = ['__tests__/transport/undici.test.ts', '__tests__/transport/contract.test.ts'];
const CONTRACTS = ['transport contract: undici', 'transport contract: a dispatcher of the caller'];
const WITH_UNDICI_8 = {
  ...config,
  rootDir: process.cwd(),
  globalSetup: undefined,
  moduleNameMapper: { '^undici(/.*)?$': '<rootDir>/node_modules/undici8$1', ...config.moduleNameMapper },
};

// undici 8 needs Node 22.19, so its suites run in a process of their own.
describeWith('node22', 'undici 8', () => {
  test('passes the transport contract and the suite of undici', () => {
    const patterns = ['^(?!transport contract)', ...CONTRACTS.map((contract) => `^${contract} `)];
    const child = spawnSync(
      locate('node22') ?? '',
      [
        'node_modules/jest/bin/jest.js',
        ...['--config', JSON.stringify(WITH_UNDICI_8), '--runInBand', '--json'],
        ...['--testNamePattern', patterns.join('|'), ...SUITES],
      ],
      { env: { ...process.env, UNDICI_MAJOR: '8' }, encoding: 'utf8' },
    );
    if (child.stdout === '') throw new Error(child.stderr);
    const { testResults } = JSON.parse(child.stdout) as Results;
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    const passed = results.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName);
    expect(results.filter(({ status }) => status !== 'passed' && status !== 'pending')).toEqual([]);
    expect(passed).toContain('undici 8 is what runs');
    for (const contract of CONTRACTS)
      expect(passed.filter((name) => name.startsWith(`${contract} `)).length).toBeGreaterThan(50);
  }, 120_000);
});
