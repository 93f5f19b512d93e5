import fc from 'fast-check';
import { inputSchemas } from '../../src/request/input-schema.js';
import { quickReader, REFUSED } from '../../src/request/quick.js';
import * as z from '../../src/zod.js';
import { CONTEXT } from '../support/context.js';

const full = {
  ...CONTEXT,
  user: { userId: 'player', age: 24, gender: 'f' },
  closeButton: false,
  emailAddress: 'player@example.com',
  country: 'DE',
};
const nd = { ...full, location: { lat: 1, lng: 2, accuracy: 3 }, consent: { optedOut: true, state: 'CA' }, bundleId: 'org.example' };
const accepted = { ninthdecimal: nd, kiip: { ...full, location: { lat: 1, lng: 2 } } };

/** Values that are wrong in most places, and right in some. */
const odd = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    ' ',
    '\u0000',
    '\ud800',
    'en_US',
    '1x1',
    '1.2.3.4',
    'm',
    true,
    0,
    1,
    -1,
    91,
    1.5,
    NaN,
    Infinity,
    [],
    {},
  ),
  fc.constantFrom({ width: 1, height: 2 }, { width: 0, height: 2 }, { width: 1, height: 2, depth: 3 }),
  fc.anything({ maxDepth: 2 }),
);

/** A context with some fields replaced, removed or added, at the top or in a block. */
function changed(context: Record<string, unknown>): fc.Arbitrary<unknown> {
  const keys = [...new Set([...Object.keys(context), ...Object.values(context).flatMap((block) => Object.keys(Object(block) as object))])];
  const path = fc.tuple(fc.constantFrom('', ...Object.keys(context)), fc.constantFrom(...keys, 'unknown', '__proto__'));
  return fc.array(fc.record({ path, value: odd, remove: fc.boolean() }), { maxLength: 3 }).map((changes) => {
    const copy = structuredClone(context);
    for (const {
      path: [block, key],
      value,
      remove,
    } of changes) {
      const target = (block === '' ? copy : copy[block]) as Record<string, unknown> | null;
      if (typeof target !== 'object' || target === null) continue;
      if (remove) delete target[key];
      else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  });
}

const withoutAbsent = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, withoutAbsent(inner)]])))
    : value;

describe.each(['ninthdecimal', 'kiip'] as const)('the context of %s', (platform) => {
  const schema = inputSchemas.context[platform];
  const read = quickReader(schema);

  test('a full one is accepted at once, and copied down to the last block', () => {
    const given = accepted[platform];
    const copy = read(given) as Record<string, unknown>;
    expect(copy).toEqual(given);
    expect(copy).not.toBe(given);
    expect(copy['device']).not.toBe(given.device);
    expect(copy['location']).not.toBe(given.location);
  });

  test('zod and the quick reader accept the same, as the same', () => {
    fc.assert(
      fc.property(changed(accepted[platform]), (given) => {
        const { success, data } = schema.safeParse(given);
        const quick = read(given);
        expect(quick !== REFUSED).toBe(success);
        if (success) expect(quick).toEqual(withoutAbsent(data));
      }),
      { numRuns: 2_000 },
    );
  });
});

test('moment ids: as zod', () => {
  const read = quickReader(inputSchemas.momentId);
  fc.assert(
    fc.property(fc.oneof(odd, fc.string()), (given) =>
      expect(read(given) !== REFUSED).toBe(inputSchemas.momentId.safeParse(given).success),
    ),
  );
});

test.each([
  ['an array', z.array(z.string()), ['a']],
  ['a format', z.email(), 'player@example.com'],
  ['a rule that is no function', z.string().min(1), 'a'],
  ['an object that lets unknown keys pass', z.looseObject({}), {}],
])('%s is left to zod', (_name, schema, value) => {
  expect(quickReader(schema)(value)).toBe(REFUSED);
});
