import vm from 'node:vm';
import { checkSync } from 'recheck';
import { buildAttacks } from './attacks.js';
import { listExpressions } from './expressions.js';
import { LIMIT_MS, measure } from './measure.js';

const context = vm.createContext({ RegExp });
// `replace` looks for every match, as those who give a pattern its `g` do.
const once = new vm.Script('pattern.lastIndex = 0; pattern.global ? text.replace(pattern, "") : pattern.exec(text);');

/** Milliseconds; infinite for what had to be stopped. */
async function measurePattern(pattern: RegExp, text: string): Promise<number> {
  Object.assign(context, { pattern, text });
  try {
    return await measure(() => once.runInContext(context, { timeout: 500 }) as unknown);
  } catch {
    return Infinity;
  }
}

const expressions = listExpressions('src');
const named = expressions.map(({ place, pattern }): [string, RegExp | null] => [
  `${place} ${String(pattern)}`,
  pattern,
]);

test('the list is whole', () => {
  expect(expressions.length).toBeGreaterThan(50);
});

test.each(named)('%s', async (_, pattern) => {
  if (pattern === null) throw new Error('The parts of this expression are not constants of its file; make them so.');
  for (const attack of buildAttacks(pattern)) {
    const ms = await measurePattern(pattern, attack);
    if (ms >= LIMIT_MS)
      throw new Error(`${ms} ms for ${JSON.stringify(attack.slice(0, 40))}… ${JSON.stringify(attack.slice(-10))}`);
  }
});

// The second opinion: a checker that reads the pattern instead of trying texts. What it cannot decide in time is left to the texts.
test.each(named)('recheck: %s', (_, pattern) => {
  if (pattern === null) throw new Error('The parts of this expression are not constants of its file; make them so.');
  const found = checkSync(pattern.source, pattern.flags, { timeout: 2_000 });
  expect(found.status === 'vulnerable' ? found.attack.pattern : null).toBeNull();
});
