import fc from 'fast-check';
import { inputSchemas } from '../../src/request/input-schema.js';
import { momentResponseSchema } from '../../src/response/reward-schema.js';
import { quickReader, REFUSED } from '../../src/zod-quick.js';
import * as z from '../../src/zod.js';
import { CONTEXT } from '../support/context.js';

const full = {
  ...CONTEXT,
  user: { userId: 'player', age: 24, gender: 'f' },
  closeButton: false,
  emailAddress: 'player@example.com',
  country: 'DE',
};
const nd = {
  ...full,
  location: { lat: 1, lng: 2, accuracy: 3 },
  consent: { optedOut: true, state: 'CA' },
  bundleId: 'org.example',
};
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
  const keys = [
    ...new Set([
      ...Object.keys(context),
      ...Object.values(context).flatMap((block) => Object.keys(Object(block) as object)),
    ]),
  ];
  const path = fc.tuple(fc.constantFrom('', ...Object.keys(context)), fc.constantFrom(...keys, 'unknown', '__proto__'));
  return fc.array(fc.record({ path, value: odd, remove: fc.boolean() }), { maxLength: 3 }).map((changes) => {
    const copy = structuredClone(context);
    const objects = new Map([
      ['', copy],
      ...Object.entries(copy).filter(([, block]) => typeof block === 'object' && block !== null),
    ]);
    for (const {
      path: [name, key],
      value,
      remove,
    } of changes) {
      const target = objects.get(name);
      if (target === undefined) continue;
      if (remove) Reflect.deleteProperty(target as object, key);
      else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  });
}

const withoutAbsent = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, withoutAbsent(inner)]])),
      )
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
      { numRuns: 1_000 },
    );
  });
});

describe('the answer to a moment', () => {
  const answer = {
    date: '2016-07-07T18:47:06.353111',
    notification: { reward_name: 'Coins', reward_image_url: 'https://x.org/a.png' },
    view: {
      id: 'test_1',
      email_bounced: false,
      used_date: null,
      modal: { title: 'Title', message: 'Message', timeout: 10, body_url: 'https://x.org/reward/u/r' },
      virtual: { virtual_value: 20, virtual_name: 'Coins' },
      more: { of: 'it' },
    },
  };
  const read = quickReader(momentResponseSchema);

  test.each([
    ['with everything', answer],
    ['without a reward', { date: answer.date, notification: null, view: null }],
    ['with nothing', {}],
  ])('one %s is accepted at once', (_name, given) => {
    expect(read(given)).toEqual(given);
  });

  test('what the quick reader accepts, zod accepts as the same; what zod corrects, it refuses', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          changed(answer),
          changed(answer.view).map((view) => ({ ...answer, view })),
        ),
        (given) => {
          const quick = read(given);
          if (quick === REFUSED) return;
          const { success, data } = momentResponseSchema.safeParse(given);
          expect(success).toBe(true);
          expect(withoutAbsent(quick)).toEqual(withoutAbsent(data));
        },
      ),
      { numRuns: 1_000 },
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
  ['a rule of zod', z.string().regex(/a/), 'a'],
])('%s is left to zod', (_name, schema, value) => {
  expect(quickReader(schema)(value)).toBe(REFUSED);
});
