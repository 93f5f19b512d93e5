import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DONE, programPath, runProgram } from './child.js';
import { expectCalls, type Platform } from './platform.js';
import { testWith } from './report.js';

const folder = mkdtempSync(join(tmpdir(), 'kiip-company-bundles-'));
let count = 0;

/** Bundles a program into a folder without `node_modules`, runs it there, and returns what it says. */
async function bundleAndRun(
  bundler: string,
  format: 'esm' | 'cjs',
  url: string,
  { entry = 'bundled.mjs', flags = [] }: { entry?: string; flags?: readonly string[] } = {},
): Promise<Record<string, unknown>> {
  const cwd = join(folder, String((count += 1)));
  await runProgram(programPath('bundle.mjs'), [bundler, format, programPath(entry), cwd, ...flags]);
  return runProgram(format === 'esm' ? 'out.mjs' : 'out.cjs', [url], { cwd });
}

const CREDITED = { status: 200, credited: [3] };

export function describeBundles(platform: () => Platform): void {
  describe('bundles', () => {
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    for (const bundler of ['esbuild', 'rollup', 'webpack']) {
      for (const format of ['esm', 'cjs'] as const)
        testWith(
          bundler,
          `${format.toUpperCase()} without a banner: a callback, three calls, close, the end`,
          async () => {
            const said = await bundleAndRun(bundler, format, platform().url);
            expect(said).toMatchObject({ callback: CREDITED, calls: DONE, errorName: 'KiipTimeoutError' });
            expectCalls(platform());
          },
        );

      // esbuild writes one file: in ES modules, a static import of axios would keep all of it from loading.
      for (const format of bundler === 'esbuild' ? (['esm', 'cjs'] as const) : (['esm'] as const))
        testWith(
          bundler,
          `${format.toUpperCase()} that lost axios: a KiipConfigError names it, nothing is sent`,
          async () => {
            const said = await bundleAndRun(bundler, format, platform().url, { flags: ['external'] });
            expect(said).toMatchObject({ callback: CREDITED, calls: { name: 'KiipConfigError', code: 'config' } });
            expect(JSON.stringify(said['calls'])).toContain('axios');
            expect(platform().requests).toEqual([]);
          },
        );
    }

    testWith('webpack', 'minified: a callback, three calls, errors keep their names', async () => {
      const said = await bundleAndRun('webpack', 'cjs', platform().url, { flags: ['minify'] });
      expect(said).toMatchObject({ callback: CREDITED, calls: DONE, errorName: 'KiipTimeoutError' });
      expect(said).toMatchObject({ errorText: 'KiipTimeoutError: late' });
    });

    testWith('esbuild', 'minified: every error class keeps its name', async () => {
      const options = { entry: 'error-names.mjs', flags: ['minify'] };
      const said = await bundleAndRun('esbuild', 'cjs', platform().url, options);
      const names = said as unknown as readonly { exported: string; carried: string; stack: string }[];
      expect(names.length).toBeGreaterThanOrEqual(12);
      for (const { exported, carried, stack } of names) {
        if (exported === 'KiipError' || exported === 'KiipCallError') continue;
        expect(carried).toBe(exported);
        if (exported !== 'TransportError') expect(stack).toMatch(new RegExp(`^${exported}: `));
      }
    });

    testWith('esbuild', 'CJS from a CommonJS program', async () => {
      const said = await bundleAndRun('esbuild', 'cjs', platform().url, { entry: 'bundled.cjs' });
      expect(said).toMatchObject({ callback: CREDITED, calls: DONE });
      expectCalls(platform());
    });
  });
}
