import { spawnSync } from 'node:child_process';
import { findBaseUrlProblem, parseUrl } from '../../src/check/base-url.js';

const IDN = 'https://b\u00fccher.example/callback';

test('a host in another script is read alike the first time and the 50,000th', () => {
  const rule = { example: 'https://api.kiip.me', data: "players' data", allowInsecure: false };
  for (let time = 0; time < 50_000; time += 1) {
    if (parseUrl(IDN)?.hostname !== 'xn--bcher-kva.example') throw new Error(`misread at call ${time}`);
    if (findBaseUrlProblem(IDN, rule) !== null) throw new Error(`refused at call ${time}`);
  }
});

test('a text is read relative to a base', () => {
  expect(parseUrl('/b?c', 'https://a.example/x')?.href).toBe('https://a.example/b?c');
  expect(parseUrl('https://[', 'https://a.example/x')).toBeNull();
});

test('the linter refuses the call that Node 20 gets wrong, in sources and in tests', () => {
  for (const file of ['src/version.ts', '__tests__/check/base-url.test.ts']) {
    const args = ['node_modules/eslint/bin/eslint.js', '--stdin', '--stdin-filename', file];
    const input = 'export const isUrl = (text: string): boolean => URL.canParse(text);\n';
    const { stdout, status } = spawnSync(process.execPath, args, { input, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toContain('use parseUrl of src/check');
  }
});
