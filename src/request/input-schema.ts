import { MAX_TIMER_MS, signal } from '../check/rules.js';
import * as z from '../zod.js';
import type { Platform } from './context.js';
import { normalizeCountry } from './countries.js';
import { normalizeLocale } from './locale.js';
import { isCleanText, isEmailAddress, isResolution, normalizeIp, normalizeState } from './rules.js';

const required = (what: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? `is required: ${what}` : `must be ${what}`),
});
/** Databases return null for missing values; the message tells the developer to omit the field. */
const unlessAbsent = (what: string) => ({
  error: ({ input }: { input?: unknown }) =>
    input === null ? `must be ${what}, not null: leave it out when you have no value` : `must be ${what}`,
});

const UNCLEAN = 'must not contain control characters or lone surrogates';
const ND_ONLY = "is known to NinthDecimal only: leave it out, or use platform 'ninthdecimal'";

const requiredText = (what: string) =>
  z
    .string(required(what))
    .refine(isCleanText, UNCLEAN)
    .refine((value) => value.trim() !== '', `must not be empty: ${what}`);
const optionalText = () => z.optional(z.string(unlessAbsent('a string')).refine(isCleanText, UNCLEAN));
/** A text with a rule. Empty text counts as absent (PROTOCOL K5), so the rule does not see it. */
const textThat = (fits: (trimmed: string) => boolean, message: string) =>
  z.optional(
    z
      .string(unlessAbsent('a string'))
      .refine((value) => isCleanText(value.trim()), UNCLEAN)
      .refine((value) => value.trim() === '' || fits(value.trim()), message),
  );
const refused = z.optional(z.custom<undefined>((value) => value === undefined, ND_ONLY));
const integer = (what: string, from: number, to: number) =>
  z
    .number(unlessAbsent(what))
    .refine((value) => Number.isInteger(value) && value >= from && value <= to, `must be ${what}`);
const degrees = (limit: number) => {
  const what = `a number of degrees from -${limit} to ${limit}`;
  return z.number(required(what)).refine((value) => value >= -limit && value <= limit, `must be ${what}`);
};
const flag = (what: string) => z.boolean(required(what));
const optionalFlag = z.optional(z.boolean(unlessAbsent('a boolean')));
const block = <Shape extends z.core.$ZodLooseShape>(what: string, shape: Shape) =>
  z.strictObject(shape, unlessAbsent(what));

const pixels = integer('an integer of pixels above 0', 1, 999_999);

const RESOLUTION = "'<width>x<height>' in pixels, such as '1080x1776', or { width, height }";
const resolution = z.union(
  [
    z.string().refine((value) => value === '' || isResolution(value), `must be ${RESOLUTION}`),
    z.strictObject({ width: pixels, height: pixels }),
  ],
  unlessAbsent(RESOLUTION),
);

const DENSITY = "a number above 0 or a string such as '3.5'";
const density = z.union(
  [
    z.string().refine(isCleanText, UNCLEAN),
    z.number().refine((value) => value > 0 && Number.isFinite(value), `must be ${DENSITY}`),
  ],
  unlessAbsent(DENSITY),
);

const device = block('an object { id, os, lang, locale, … }', {
  id: requiredText("the device's advertising identifier, a non-empty string"),
  os: requiredText("the operating system with its version, such as 'Android 15'"),
  lang: requiredText("the device's language, such as 'en'"),
  locale: requiredText("the device's locale, such as 'en_US'").refine(
    (value) => value.trim() === '' || normalizeLocale(value) !== null,
    "must be a locale such as 'en_US'",
  ),
  manufacturer: optionalText(),
  model: optionalText(),
  resolution: z.optional(resolution),
  density: z.optional(density),
  userAgent: optionalText(),
});

const connection = block('an object { ip, … }', {
  ip: z
    .string(required("the device's IPv4 or IPv6 address"))
    .refine((value) => normalizeIp(value) !== null, "must be the device's IPv4 or IPv6 address"),
  type: optionalText(),
  carrier: optionalText(),
});

const location = block('an object { lat, lng }', { lat: degrees(90), lng: degrees(180) });
/** Phones report fractions, and 0 or less for "unknown"; the builder handles both (PROTOCOL K7). */
const metres = z.number(unlessAbsent('a number of metres, not NaN or Infinity'));

const user = block('an object { userId, age, gender }', {
  userId: optionalText(),
  age: z.optional(integer('an integer of years from 0 to 150', 0, 150)),
  gender: z.optional(z.enum(['m', 'f'], unlessAbsent("'m' or 'f'"))),
});

const choice = {
  optedOut: flag('a boolean: true when the player has opted out of the sale of data'),
  state: textThat(
    (value) => normalizeState(value) !== null,
    'must be the two letters of a US state, DC or a territory, such as CA',
  ),
};
const consent = block('an object { optedOut, state }', choice);

const common = {
  closeButton: optionalFlag,
  emailAddress: textThat(isEmailAddress, 'must be an e-mail address'),
  country: textThat(
    (value) => normalizeCountry(value) !== null,
    'must be a two-letter country code (ISO 3166-1 alpha-2)',
  ),
};

const blocks = {
  ninthdecimal: {
    location: location.extend({ accuracy: z.optional(metres) }),
    consent: z.optional(consent),
    bundleId: optionalText(),
  },
  kiip: { location: location.extend({ accuracy: refused }), consent: refused, bundleId: refused },
};

const contextSchema = (platform: Platform) =>
  block('an object { device, connection, … }', {
    device,
    connection,
    user: z.optional(user),
    ...common,
    ...blocks[platform],
    location: z.optional(blocks[platform].location),
  });

const defaultsSchema = (platform: Platform) =>
  block('an object: parts of a context', {
    device: z.optional(device.partial()),
    connection: z.optional(connection.partial()),
    user: z.optional(user),
    ...common,
    bundleId: blocks[platform].bundleId,
    location: z.optional(blocks[platform].location.partial()),
    consent: platform === 'kiip' ? refused : z.optional(consent.partial()),
  });

const MOMENT_ID = 'the id of the moment as the dashboard shows it, a non-empty string without control characters';
const date = z.custom<Date>(
  (value) => /^\d{4}-/.test(isoOrEmpty(value)),
  'must be a valid Date in the years 0 to 9999',
);

/** Checks the value, not its class, so that a Date of another realm passes. */
function isoOrEmpty(value: unknown): string {
  try {
    return Date.prototype.toISOString.call(value);
  } catch {
    return '';
  }
}

const LIMIT = `must be a number of milliseconds above 0, at most ${MAX_TIMER_MS}`;
const limit = z.number(LIMIT).refine((value) => value > 0 && value <= MAX_TIMER_MS, LIMIT);

const identity = {
  appKey: requiredText('the app key of the dashboard, a non-empty string'),
  appVersion: requiredText('the version of the game client, a non-empty string'),
  test: flag('a boolean: true for test rewards, false for live; it has no default on purpose'),
  sdkVersion: optionalText(),
};

const dialect = z.optional(z.enum(['ninthdecimal', 'kiip'], { error: "must be 'ninthdecimal' or 'kiip'" }));

const identitySchema = (platform: Platform) =>
  z.strictObject({
    ...identity,
    platform: dialect,
    dnsCompliance: platform === 'kiip' ? refused : optionalFlag,
    bundleId: blocks[platform].bundleId,
  });

const perPlatform = <T>(make: (platform: Platform) => T): Record<Platform, T> => ({
  ninthdecimal: make('ninthdecimal'),
  kiip: make('kiip'),
});

const events = z.optional(
  z.array(
    block('an object { id, start }', {
      id: z.enum(['session_start', 'session_end'], required("'session_start' or 'session_end'")),
      start: date,
    }),
    unlessAbsent('an array of { id, start }'),
  ),
);

const callOptions = {
  at: z.optional(date),
  signal: signal(),
  timeoutMs: z.optional(limit),
  deadlineMs: z.optional(limit),
};

/** Schemas of the input, in the names of the API; one per dialect where they differ. */
export const inputSchemas = {
  context: perPlatform(contextSchema),
  defaults: perPlatform(defaultsSchema),
  identity: perPlatform(identitySchema),
  /** The blocks of a context, to check one alone. */
  blocks: { device, connection, user, location: blocks.ninthdecimal.location, consent },
  momentId: z
    .string(required(MOMENT_ID))
    .refine((value) => value.trim() !== '' && isCleanText(value), `must be ${MOMENT_ID}`),
  /** A choice to be stored, and choices to be reported in a batch. */
  consentUpdate: block('an object { optedOut, state, at }', { ...choice, at: z.optional(date) }),
  consentReports: z.array(
    block('an object { deviceId, optedOut, state, userId }', {
      deviceId: device.shape.id,
      ...choice,
      userId: optionalText(),
    }),
    required('an array of { deviceId, optedOut, state, userId }'),
  ),
  /** The options of a call. The builders accept all of them but use only the time and the events. */
  options: {
    session: z.strictObject(callOptions),
    moment: z.strictObject({ events, ...callOptions }),
    advice: z.strictObject({ platform: dialect }),
  },
};
