import fc from 'fast-check';
import * as z from 'zod';
import { compileOnDemand } from '../../src/check/compiled.js';
import { inputSchemas } from '../../src/request/input-schema.js';
import { rewardSchema } from '../../src/response/reward-schema.js';
import { CONTEXT, REWARD_JSON } from '../support/context.js';

type Fields = Record<string, unknown>;

const FULL = {
  ...CONTEXT,
  location: { lat: 37.78, lng: -122.39, accuracy: 10 },
  user: { userId: 'player-4711', age: 24, gender: 'f' },
  consent: { optedOut: true, state: 'CA' },
  bundleId: 'com.example.game',
  closeButton: false,
  emailAddress: 'hello@kiip.me',
  country: 'US',
};
const reward = JSON.parse(REWARD_JSON) as Fields;

const schemas: readonly (readonly [string, z.ZodType, unknown])[] = [
  ['a context of NinthDecimal', inputSchemas.context.ninthdecimal, FULL],
  [
    'a context of Kiip',
    inputSchemas.context.kiip,
    { device: CONTEXT.device, connection: CONTEXT.connection, country: 'US' },
  ],
  ["a moment's id", inputSchemas.momentId, 'level_up'],
  ['a reward', rewardSchema, reward],
];

/** Every field of a value, as the way to it. */
function listPaths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, field]) => listPaths(field, [...path, key]))];
}

/** A copy with another value at a path; a missing one when the value is `ABSENT`. */
const ABSENT = Symbol('absent');
function replace(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = { ...(value as Fields) };
  if (rest.length === 0 && by === ABSENT) delete copy[key];
  else copy[key] = replace(copy[key], rest, by);
  return copy;
}

const wrong = fc.oneof(
  fc.constantFrom(ABSENT, undefined, null, '', ' ', '\u0000', 0, -1, NaN, Infinity, true, [], {}, new Date(0)),
  fc.constantFrom('1080x1776', '54.174.101.1', '::ffff:1.2.3.4', 'en_US', 'm', 'CA', { width: 1, height: 2 }, { a: 1 }),
  fc.anything({ withNullPrototype: true }),
);

describe.each(schemas)('%s', (_name, schema, valid) => {
  const compiled = compileOnDemand(schema)();

  test('is compiled, and compiled once', () => {
    expect(() => z.compile(schema, { strict: true })).not.toThrow();
    expect(compiled).not.toBe(schema);
    const find = compileOnDemand(schema);
    expect(find()).toBe(find());
  });

  test('reads the same as the schema itself, whatever stands in one or two of its fields', () => {
    expect(compiled.safeParse(valid).success).toBe(true);
    const path = fc.constantFrom(...listPaths(valid));
    fc.assert(
      fc.property(path, wrong, path, wrong, fc.boolean(), (at, value, alsoAt, other, both) => {
        const once = replace(valid, at, value === ABSENT && at.length === 0 ? undefined : value);
        const reachable = both && typeof once === 'object' && once !== null && alsoAt.length === 1;
        const input = reachable ? replace(once, alsoAt, other) : once;
        const expected = schema.safeParse(input);
        const found = compiled.safeParse(input);
        expect(found.success).toBe(expected.success);
        expect(found.data).toStrictEqual(expected.data);
        expect(found.error?.issues).toEqual(expected.error?.issues);
      }),
      { numRuns: 1_000 },
    );
  });

  test('leaves out or refuses an unknown key, as the schema does', () => {
    if (typeof valid !== 'object') return;
    const input = { ...valid, extra: 1 };
    const found = compiled.safeParse(input);
    const expected = schema.safeParse(input);
    expect(found.data).toStrictEqual(expected.data);
    expect(found.error?.issues).toEqual(expected.error?.issues);
  });
});

test('the copy reads each field once, so that a getter cannot change it after the check', () => {
  let reads = 0;
  const device = {
    ...CONTEXT.device,
    get model() {
      reads += 1;
      return reads === 1 ? 'nexus_5' : 'another';
    },
  };
  const read = compileOnDemand(inputSchemas.context.ninthdecimal)().parse({ ...CONTEXT, device });
  expect(read.device.model).toBe('nexus_5');
  expect(reads).toBe(1);
});
