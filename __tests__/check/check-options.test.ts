import * as z from '../../src/zod.js';
import { KiipConfigError, KiipValidationError } from '../../src/errors/index.js';
import { findMeantName } from '../../src/check/issues.js';
import { checkCallOptions, checkOptions, listOptionIssues } from '../../src/check/check-options.js';
import { callable, count, flag, having, MAX_TIMER_MS, milliseconds, signal, text } from '../../src/check/rules.js';

const schema = z.strictObject({
  timeoutMs: milliseconds(1),
  maxPending: count('pings', 1),
  allowInsecure: flag(),
  onError: callable(),
  prefix: text('a prefix'),
  transport: having(['send'], 'a transport'),
  signal: signal(),
  retry: z.optional(z.strictObject({ baseDelayMs: milliseconds(0) }, 'must be an object { baseDelayMs }')),
  hosts: z.optional(z.array(z.strictObject({ name: text('a name') }))),
});
const issues = (options: unknown) => listOptionIssues(schema, options);

test('what fits has no issues, and undefined counts as absent', () => {
  const { signal: aborts } = new AbortController();
  const good = { timeoutMs: 1, maxPending: 7, allowInsecure: false, onError: () => 1, prefix: 'x', signal: aborts };
  expect(issues({ ...good, transport: { send: () => 1 }, retry: { baseDelayMs: 0 }, hosts: [{ name: 'a' }] })).toEqual(
    [],
  );
  expect(issues(Object.fromEntries(Object.keys(schema.shape).map((name) => [name, undefined])))).toEqual([]);
  expect(issues(undefined)).toEqual([]);
});

test.each<[string, unknown, string, RegExp]>([
  ['a fraction', { timeoutMs: 1.5 }, 'timeoutMs', /whole number of milliseconds from 1 to 2147483647/],
  ['more than a timer keeps', { timeoutMs: MAX_TIMER_MS + 1 }, 'timeoutMs', /to 2147483647/],
  ['a text for a number', { maxPending: '7' }, 'maxPending', /whole number of pings from 1$/],
  ['a text for a boolean', { allowInsecure: 'yes' }, 'allowInsecure', /true or false/],
  ['null for a function', { onError: null }, 'onError', /function/],
  ['white space', { prefix: ' ' }, 'prefix', /must be a prefix/],
  ['an object without the method', { transport: {} }, 'transport', /must be a transport/],
  ['a half signal', { signal: { aborted: false } }, 'signal', /AbortSignal/],
  ['an array of options', [], 'options', /must be an object/],
  ['a text of options', 'x', 'options', /must be an object/],
  ['null', null, 'options', /must be an object/],
])('%s', (_, options, path, message) => {
  expect(issues(options)).toEqual([{ path, message: expect.stringMatching(message) as string }]);
});

describe('unknown keys', () => {
  test.each([
    ['timeoutMS', 'timeoutMs'],
    ['timeout_ms', 'timeoutMs'],
    ['timoutMs', 'timeoutMs'],
    ['tiemoutMs', 'timeoutMs'],
    ['timeoutMss', 'timeoutMs'],
    ['onErrors', 'onError'],
  ])('%s stands for %s', (key, meant) => {
    expect(issues({ [key]: 1 })).toEqual([{ path: key, message: `is not a known field (did you mean ${meant}?)` }]);
  });

  test('anything else may be data, so it is not repeated', () => {
    for (const key of ['player@example.org', 'a05a2fd245170d452de01a6abc786922', 'tout', '_'.repeat(99_000)]) {
      const [issue] = issues({ [key]: 1 });
      expect(issue).toEqual({
        path: '(unknown key)',
        message: expect.stringContaining('the known ones are timeoutMs') as string,
      });
      expect(JSON.stringify(issue)).not.toContain(key);
    }
  });

  test('nested objects and arrays know their own names', () => {
    expect(issues({ retry: { baseDelayMS: 1 } })).toEqual([
      { path: 'retry.baseDelayMS', message: 'is not a known field (did you mean baseDelayMs?)' },
    ]);
    expect(issues({ hosts: [{ names: 'a' }] })).toEqual([
      { path: 'hosts[0].names', message: 'is not a known field (did you mean name?)' },
    ]);
  });

  test('two edits are too many', () => {
    expect(findMeantName('tmeoutM', ['timeoutMs'])).toBeUndefined();
    expect(findMeantName('', ['timeoutMs'])).toBeUndefined();
  });
});

test('all problems at once, as the error of the place: set-up or call', () => {
  const bad = { timeoutMs: 0, allowInsecure: 1, timeoutMS: 1 };
  expect(() => checkOptions('createThing', schema, bad)).toThrow(KiipConfigError);
  expect(() => checkOptions('createThing', schema, bad)).toThrow(
    /^createThing: timeoutMs must be .*; allowInsecure must be .*; timeoutMS is not a known field \(did you mean timeoutMs\?\)\.$/,
  );
  expect(() => checkCallOptions(schema, bad)).toThrow(KiipValidationError);
});

test('options that a class supplies through accessors are read', () => {
  class Options {
    get timeoutMs(): number {
      return 0;
    }
  }
  expect(issues(new Options()).map(({ path }) => path)).toEqual(['timeoutMs']);
});
