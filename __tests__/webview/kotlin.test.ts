import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../support/services.js';

/** Stand-ins of the Android classes, with just the members that the sample uses. */
const STAND_INS = join('__tests__', 'webview', 'android');

describeWith('kotlin', 'the Kotlin sample', () => {
  test('compiles', () => {
    const sample = /```kotlin\n([\s\S]*?)```/.exec(readFileSync('docs/webviews.md', 'utf8'))?.[1] ?? '';
    expect(sample).toContain('fun parseDismissal');
    const folder = mkdtempSync(join(tmpdir(), 'kiip-kotlin-'));
    try {
      // The compiler looks for Java's classes in folders named after their packages.
      mkdirSync(join(folder, 'android', 'net'), { recursive: true });
      copyFileSync(join(STAND_INS, 'Uri.java'), join(folder, 'android', 'net', 'Uri.java'));
      const kotlin = readdirSync(STAND_INS).filter((file) => file.endsWith('.kt'));
      for (const file of kotlin) copyFileSync(join(STAND_INS, file), join(folder, file));
      writeFileSync(join(folder, 'Reward.kt'), sample);
      const sources = [...kotlin, 'Reward.kt', join('android', 'net', 'Uri.java')];
      execFileSync('kotlinc', ['-nowarn', ...sources, '-d', 'out'], { cwd: folder, stdio: 'pipe' });
      expect(readdirSync(join(folder, 'out'))).toEqual(
        expect.arrayContaining(['Dismissal.class', 'RewardActivity.class']),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
