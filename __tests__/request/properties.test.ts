import fc from 'fast-check';
import {
  adviseOn,
  buildMoment,
  buildSessionEnd,
  buildSessionStart,
  KiipValidationError,
  type DeviceContext,
} from 'kiip-s2s';
import { momentPayloadSchema, sessionPayloadSchema } from 'kiip-s2s/schemas';
import { APP } from '../support/context.js';

const CLEAN = /^[^\p{Cc}\p{Surrogate}]*$/u;
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => CLEAN.test(value) && value.trim() !== '');
const optional = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });

// JSON knows no negative zero.
const degrees = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true }).map((value) => value + 0);

const context = fc.record(
  {
    device: fc.record(
      {
        id: text,
        os: text,
        lang: text,
        locale: fc.constantFrom('en', 'en_US', 'en-US', 'zh_Hant_TW', 'pt-BR', 'es-419'),
        manufacturer: optional(text),
        model: optional(fc.constantFrom('', 'nexus_5')),
        resolution: optional(
          fc.oneof(
            fc.constant('1080x1776'),
            fc.record({ width: fc.integer({ min: 1, max: 9999 }), height: fc.integer({ min: 1, max: 9999 }) }),
          ),
        ),
        density: optional(fc.oneof(fc.constantFrom('3.5', ''), fc.double({ min: 0.5, max: 8, noNaN: true }))),
        userAgent: optional(text),
      },
      { requiredKeys: ['id', 'os', 'lang', 'locale'] },
    ),
    connection: fc.record(
      { ip: fc.oneof(fc.ipV4(), fc.ipV6()), type: optional(text), carrier: optional(text) },
      { requiredKeys: ['ip'] },
    ),
    location: optional(
      fc.record(
        {
          lat: degrees(90),
          lng: degrees(180),
          accuracy: optional(fc.integer({ min: 1, max: 9999 })),
        },
        { requiredKeys: ['lat', 'lng'] },
      ),
    ),
    user: optional(
      fc.record(
        {
          userId: optional(text),
          age: optional(fc.integer({ min: 0, max: 150 })),
          gender: optional(fc.constantFrom('m' as const, 'f' as const)),
        },
        { requiredKeys: [] },
      ),
    ),
    consent: optional(
      fc.record(
        { optedOut: fc.boolean(), state: optional(fc.constantFrom('CA', 'DC', 'PR', '')) },
        { requiredKeys: ['optedOut'] },
      ),
    ),
    bundleId: optional(text),
    closeButton: optional(fc.boolean()),
    emailAddress: optional(fc.constantFrom('', 'hello@kiip.me')),
    country: optional(fc.constantFrom('US', 'de')),
  },
  { requiredKeys: ['device', 'connection'] },
) as fc.Arbitrary<DeviceContext>;

function hasHoles(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.values(value).some(hasHoles);
}

test('whatever passes the input rules passes the wire schema, and no key is empty', () => {
  fc.assert(
    fc.property(
      context,
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      text,
      (given, at, momentId) => {
        const start = buildSessionStart(APP, given, { at });
        const end = buildSessionEnd(APP, given, { at });
        const moment = buildMoment(APP, momentId, given, { events: [{ id: 'session_end', start: at }] });
        for (const session of [start, end]) sessionPayloadSchema.parse(session);
        momentPayloadSchema.parse(moment);
        for (const payload of [start, end, moment]) {
          expect(hasHoles(payload)).toBe(false);
          expect(payload).not.toHaveProperty('country');
          expect(Array.isArray(adviseOn(payload))).toBe(true);
          expect(JSON.parse(JSON.stringify(payload))).toEqual(payload);
        }
        expect(moment.device).toEqual(start.device);
      },
    ),
    { numRuns: 300 },
  );
});

test('whatever is given, a builder returns a payload that passes the wire schema or throws KiipValidationError with issues', () => {
  const loose = fc.oneof(
    fc.anything({ maxDepth: 4 }),
    fc.record({ device: fc.anything(), connection: fc.anything(), location: fc.anything(), user: fc.anything() }),
  );
  fc.assert(
    fc.property(loose, fc.anything(), fc.anything(), (given, momentId, events) => {
      try {
        momentPayloadSchema.parse(buildMoment(APP, momentId as never, given as never, { events: events as never }));
      } catch (error) {
        expect(error).toBeInstanceOf(KiipValidationError);
        expect((error as KiipValidationError).issues.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('building leaves its input alone', () => {
  fc.assert(
    fc.property(context, (given) => {
      const before = structuredClone(given);
      buildMoment(APP, 'level_up', given);
      expect(given).toEqual(before);
    }),
    { numRuns: 100 },
  );
});
